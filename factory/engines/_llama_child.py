"""The child process of the embedded engine: llama.cpp's server on loopback, until standard input closes.

It reads its settings as one line of JSON on standard input, so that the key is in no command line, and answers with
its address as one line on standard output. The parent's death closes the pipe and ends it.
"""

import json
import os
import sys

# On a machine that others use too, threads that spin while they wait for one another starve the one they wait for:
# measured beside one busy process on two cores, 1 token/s where sleeping threads give 40.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "100")

import xllamacpp


def main() -> None:
    """Serve until the parent is gone."""
    settings = json.loads(sys.stdin.readline())
    answers = os.dup(1)
    os.dup2(2, 1)  # llama.cpp may print on standard output; only the address belongs there
    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.n_ctx = settings["context"] * settings["slots"]
    params.n_parallel = settings["slots"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.n_gpu_layers = settings["gpu_layers"]
    params.api_keys = [settings["key"]]
    params.port = 0
    params.verbosity = 0
    server = xllamacpp.Server(params)
    os.write(answers, (json.dumps({"address": server.listening_address}) + "\n").encode())
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
