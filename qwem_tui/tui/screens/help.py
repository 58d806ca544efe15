"""The help screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

HELP = """\
KEYS
  space  pause and resume        s  take one step (and pause)
  n      take a number of steps  u  run until a goal is reached
  f      full speed, or paced    p  set a pace, in steps per second
  z      change the step size    k  save a checkpoint now
  r      restart, with the same settings or others: trainer, size, start
  b      back to a checkpoint; a run of its own branches off there
  c      compare with the run before: dotted, then in front, then not
  e      export a snapshot       l  logarithmic time axis
  1 2 3 4  one pane alone; the same key again shows all (where they fit)
  v      pane 1 as a staircase: a row a mode, or curves again
  / i    ask about words (esc leaves the line; also 4)
  W      keep what was asked in view, or no longer
  left and right  the time cursor, by a column of the charts; < > by ten,
         , and . by a step; home goes to the first, end or escape to the
         latest
  + -    zoom the time axis around the cursor, or the latest; the
         mouse's wheel does so around the mouse
  { and } , also shift with left and right: an earlier or later part;
         0 shows all of it
  up and down move in the table and bring the curves of a category
         forward; escape puts them back
  t      theme: dark, light, contrast
  enter  the category under the cursor, question by question
  w      why it is early or late (the second tab of the same window)
  M      the map of words: a category's pairs as arrows, or two modes
  P      plan: what this text can teach, and the stages of a project
  m      the modes one by one: when each is forecast, where it is, and
         its words; enter there brings the curves of one forward in
         pane 1, and the same again puts them back
  escape gives up a restart that is being prepared, or closes a question
  ctrl+z suspends the app (fg brings it back)
  ? F1   this help               q  quit
  : or ctrl+p  find a command by its name
  X      of a run that another process carries out, where q leaves it
         alone: stops it (twice, to be sure)

  The line above the bar says what things are: those of the bar, of the
  pane that is alone or was clicked, or of the table once a category is
  in front.

WHAT IS LEARNED
  Embeddings W (a row a word) are trained so that W W^T comes near to
  M*, a matrix made of the text's co-occurrence counts. M* has
  eigenvalues lambda_1 > lambda_2 > ...; from a tiny start each is
  learned in turn: a singular value of W grows to sqrt(lambda_k) and
  stays. Time is shown as t / tau_1, in units of the time at which the
  first mode is half-way.

TRAINERS
  gd        gradient descent on M* itself; all is forecast for it
  sgd       the paper's algorithm: word pairs drawn from the text. On
            average it does what gd does, so the same is forecast
  word2vec  the logistic loss of word2vec. M* is not where it goes, so
            modes learned are not defined for it, nothing is forecast,
            and its loss is another one, without a floor. Categories
            count as crossed at the same accuracies. Time is shown as
            t / t_1: t_1 is the time in which its fastest direction
            grows from the start to 1. Its step size falls over the run

RUNS
  Until: mode, mode=8, category, category=NAME, t=1.5, loss=0.8 or
  step=500. The run pauses where that is reached.
  The step size is in units of the stability limit. A change is written
  down, and the steps forecast move with it. Where the loss grows or is
  no number any more the run goes back to its last good state, pauses
  and says so.
  Checkpoints are saved every half minute, when a mode is learned, on
  pause and with k. A restart or a branch has a run folder of its own;
  the run before is paused meanwhile, and ends once the new one begins.
  `qwem-tui replay RUN` shows a run folder alone: nothing can be steered
  there, and words and questions are those of the latest checkpoint.

1  SINGULAR VALUES
  Solid: measured. Dotted: the closed form, computed before the run from
  the counts and the start alone, each mode by itself. Where they part,
  late in the list, modes compete with those beyond the model's size.
  Without colours (NO_COLOR, ASCII) lines carry their labels.
  With another run beside it (c, or `qwem-tui compare`) that one is
  dotted instead: the titles say which is which.
  v shows a row a mode instead, mode 1 on top, shaded by s_k over its
  end sqrt(lambda_k): from 10%, 40%, learned (71%), and 95% on. The
  upright mark in a row is where it is forecast to be learned; below are
  the marks of the categories. Without room for a row each, later modes
  share rows, which show their mean.

THE TIME CURSOR
  Left, right, or a click on a chart: all panes show that moment, and
  the bar and the lines below the charts read out its values. Up to the
  present they are measured; beyond it, and up to the end that is
  forecast, they are forecast. Words at a step are those of the run or
  of a checkpoint where there is one; of gd they are forecast for any
  other step, as training would make them, and the title says so. Of
  other trainers the nearest checkpoint is shown. e exports the moment
  under the cursor.

2  RANK
  modes         learned: s_k^2 at least half of lambda_k; forecast dotted
  effective     exp of the entropy of the singular values
  participation (sum s^2)^2 / sum s^4
  The last two begin high: random noise has full rank. They dip when the
  first mode outgrows the noise (to about 1 from a start as small as the
  default), and then climb with the modes. Of another run modes and
  effective are shown, dotted.

3  ANALOGIES
  Is "king" - "man" + "woman" nearest to "queen"? A category counts as
  crossed when its accuracy reaches half of the peak forecast for it.
  The mark on the axis (and the letter in the table) is where that will
  be, computed before anything is trained. Letters stand where there is
  room for them; that of the category under the table's cursor always.
  Columns are shown as they fit: o sorts by the next one, F filters by
  name, H hides and shows columns.
  now        the latest accuracy measured; dotted: that of the run
             compared with
  crossed    the first step at which the threshold was measured to be
             reached (every step near a mark, now and then elsewhere);
             below the threshold; or why there is none
  forecast   the step of the crossing, and in brackets how many modes
             are learned there. With ?, also at the mark: forecast to be
             there for a moment only, so that a run may miss it; the line
             below the table says at which step for longer
  half of    the threshold, and the peak that it is half of
  timeline   accuracy over the time axis of the charts, 0% to 100%; the
             forecast is at ┊, the crossing at ●, both at ◉ (! o @ in
             ASCII)
  difference crossed minus forecast, in steps and per cent
  asked      questions that could be attempted / all: those with a word
             outside the vocabulary are skipped, not counted wrong
  The line below the table spells out the row under the cursor.
  Half-grown modes help already, so a run crosses with fewer modes
  learned than the size that a finished model needs. Accuracy can fall
  again later. Small differences on few questions mean little.

4  WORDS
  Type a word for its nearest neighbours with their cosines; the words of
  an analogy (man king woman, or man : king :: woman) for what answers
  it: scores are cosines to the direction of king - man + woman. With a
  fourth word, or where the analogy file has the question, you see the
  place of the right answer, from which size on the closed form is right,
  and from which step on a run is forecast to be. `:mode 7` shows the
  words at both ends of eigenvector 7. Tab completes a word, up and down
  recall. W keeps what you asked in view while the run trains: ✓ right,
  ✗ wrong and at which place the right answer stands.
  The title says which moment it is: that of now, or (of a run that
  another process carries out) the latest checkpoint.

A CATEGORY (enter in the table)
  A line a question that can be asked, evaluated from the embeddings as
  they are: once a second while the run goes on. The run of another
  process is asked when the window opens and with r, because it writes a
  checkpoint for it.
  since      the step since which it is right, or wrong, among those at
             which the run evaluates all questions by itself; <= (or its
             sign) where it was so at the first of them already, > where
             it has changed since the last. Runs of earlier versions did
             not record it
  margin     cosine of the right answer to b - a + a' (of unit vectors),
             minus that of the best other word: above 0 is right
  answered   the word that was best instead; in brackets: the next best,
             where the answer was right
  o order (as in the file, wrong first, least margin first, latest
  change first), f all, wrong or right ones, / those with a word that
  holds what you type, tab or 1, 2 the other tab: why it is early or
  late. That is computed once, when it is first shown.

THE MAP OF WORDS (M, also in the view of a category)
  Each pair of a category is an arrow from a (dot) to b (head). To the
  right is the mean of b - a, upwards the direction at right angles to it
  in which the pairs' midpoints are spread most; words are vectors of
  length 1, angles are as they are. While the category is learned the
  arrows turn parallel: `parallel` is the mean cosine of each b - a to
  their mean, 1 where all have one direction; unrelated differences come
  to 1 / sqrt(number of pairs), shown behind it. With few modes grown all
  words lie along few directions, and it jumps about.
  up and down, c and C  the category   + and -  zoom
  m      two modes instead, whose places are a word's components along
         W^T v_k, the direction that mode k has in the model at the time;
         each axis has its own scale. [ and ] choose the mode to the
         right, { and } the one upwards
  Of the words at most 30 are named: those of the pairs, then those you
  asked about in pane 4 (marked), then the most frequent or, of modes,
  the outermost. Axes change in jumps, so that noise moves nothing.

PLAN
  P asks first, then predicts on nested parts of the run's text, while
  the run is left as it is. 1, 2, 3 or tab: by category, stages, all of
  it as `qwem-tui plan` prints it. In the charts upright lines are 95%
  intervals; dotted is the range that more text of the kind may give
  (extrapolated, beyond the dashed line at the whole text), and in the
  chart of sizes that of your model. q leaves; a plan that is not done
  is given up then.

SWEEP (qwem-tui sweep --screen)
  up and down choose the category, f and F the figure of the map (peak,
  critical size, ...), m its factors; 1, 2 or tab: the map, or all of it
  as it is printed. Leaving early keeps the cells that are done.

LOSS
  ||W W^T - M*||^2 / ||M*||^2. It cannot go below the floor: a model of
  d dimensions can hold d modes of M*, and none of its negative
  eigenvalues. All modes learned and the loss settled: the run is done.
  word2vec's is its own, and its run is done after its number of steps.
"""


class HelpScreen(ModalScreen[None]):
    """Keys and panes explained."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Close"),
    ]

    def __init__(self, first: str = "") -> None:
        """Begin with the part under the heading `first`; the others follow."""
        super().__init__()
        at = HELP.index(f"\n{first}") + 1 if first else 0
        self._text = f"{HELP[at:]}\n{HELP[:at]}" if at else HELP

    def compose(self) -> ComposeResult:
        """Yield the text."""
        with VerticalScroll(id="help") as box:
            box.border_title = "help"
            box.border_subtitle = "esc closes, up and down scroll"
            yield Static(self._text, markup=False)
