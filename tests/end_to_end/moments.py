"""Lines of Python that hold a run up in the middle of something, once, for as long as there is the file `here`."""

_HOLD = """
import time
from pathlib import Path

def hold():
    if not Path("held").exists():
        Path("held").touch()
        Path("here").touch()
        while Path("here").exists():
            time.sleep(0.005)
"""

_IN_A_STEP = """
from qwem_tui.training.pairs import Pairs
from qwem_tui.training.gd import GradientDescent

steps, spreads = GradientDescent._deflated_product, Pairs.spread

def product(self):
    if self.steps > 20:
        hold()
    return steps(self)

def spread(self, *arguments):
    if Path("run/run.json").exists():
        hold()
    return spreads(self, *arguments)

GradientDescent._deflated_product, Pairs.spread = product, spread
"""

_IN_AN_EVALUATION = """
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.engine.training_loop.observer import Observer

frame, right = Observer.frame, Scorer._right
evaluating = []

def observed(self, trainer, evaluate, rate):
    evaluating[:] = [True] if evaluate and trainer.steps > 10 else []
    return frame(self, trainer, evaluate, rate)

def scored(self, similarity):
    if evaluating:
        hold()
    return right(self, similarity)

Observer.frame, Scorer._right = observed, scored
"""

_IN_A_CHECKPOINT = """
from qwem_tui.engine.run_folder import checkpoint_policy, checkpoints

checkpoint_policy.EVERY_SECONDS = 0.1
save = checkpoints._save

def saved(state, path, header):
    path.write_bytes(b"not all of it")
    hold()
    save(state, path, header)

checkpoints._save = saved
"""

IN_A_STEP, IN_AN_EVALUATION, IN_A_CHECKPOINT = (
    _HOLD + moment for moment in (_IN_A_STEP, _IN_AN_EVALUATION, _IN_A_CHECKPOINT)
)
