"""Training on what a run made: supervised fine-tuning, DPO and GRPO, by TRL, PEFT and Accelerate.

settings    what a training is told                 loop         one training from start to end, and going on
data        rows of a shard, and their tokens       checkpoints  which are whole, and stopping at one
masks       what the assistant says in a chat       folder       what is written, and whose it is
masked      the masked objective                    model        the model, if it is one and fits
packing     several rows in one                     processes    several processes that train one model
sft, dpo, grpo    TRL's trainer of each method, made ready
"""
