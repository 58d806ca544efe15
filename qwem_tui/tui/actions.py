"""What the main screen can do, by name, with the key of each and what it is called; light: no Textual here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """Something that the app does at the press of a key.

    `name` is what the user's file of settings calls it, `action` what Textual does, `key` the key by default (several
    with commas between them), and `words` say what it does. With a `label` it is in the footer, where there is room.
    """

    name: str
    action: str
    key: str
    words: str
    label: str = ""


#: Of the app. Of two of one name `check_action` lets one act. Those in the footer stand in its order.
APP_ACTS = (
    Act("pause", "pause_or_resume", "space", "Pause or resume the run", "Pause"),
    Act("pause", "not_steered", "space", ""),
    Act("step", "step", "s", "Take one step", "Step"),
    Act("step", "not_steered", "s", ""),
    Act("until", "run_until", "u", "Run until a goal is reached", "Until"),
    Act("until", "not_steered", "u", ""),
    Act("restart", "restart", "r", "Restart with the same settings or others", "Restart"),
    Act("restart", "not_here", "r", ""),
    Act("branch", "branch", "b", "Go back to a checkpoint, in a branch", "Branch"),
    Act("branch", "not_here", "b", ""),
    Act("compare", "compare", "c", "Compare with the run before", "Compare"),
    Act("compare", "not_here", "c", ""),
    Act("export", "export", "e", "Export a snapshot", "Export"),
    Act("ask-words", "type_words", "slash,i", "Ask about words", "Words"),
    Act("help", "help", "question_mark,f1", "Show the help", "Help"),
    Act("palette", "command_palette", "colon", "Find a command by its name", "Commands"),
    Act("quit", "detach", "q", "Leave the screen; the run continues", "Detach"),
    Act("quit", "quit_run", "q", "End the run and quit", "Quit"),
    Act("stop-run", "stop_run", "X", "Stop the run of the other process", "Stop run"),
    Act("stop-run", "not_steered", "X", ""),
    Act("steps", "steps", "n", "Take a number of steps", "Steps"),
    Act("steps", "not_steered", "n", ""),
    Act("full-speed", "full_speed", "f", "Full speed, or back to the pace", "Full speed"),
    Act("full-speed", "not_steered", "f", ""),
    Act("pace", "pace", "p", "Set a pace, in steps per second", "Pace"),
    Act("pace", "not_steered", "p", ""),
    Act("step-size", "step_size", "z", "Change the step size", "Step size"),
    Act("step-size", "not_steered", "z", ""),
    Act("save-checkpoint", "save_checkpoint", "k", "Save a checkpoint now", "Save"),
    Act("save-checkpoint", "not_steered", "k", ""),
    Act("theme", "next_theme", "t", "Change the theme: dark, light, high contrast", "Theme"),
    Act("why", "why", "w", "Explain why the category is early or late", "Why"),
    Act("modes", "modes", "m", "List the modes one by one", "Modes"),
    Act("map", "map", "M", "Show the map of words", "Map"),
    Act("plan", "plan", "P", "Plan: what this text can teach", "Plan"),
    Act("words-pane", "words", "4", "Show the words alone, or all panes"),
    Act("watch", "watch", "W", "Keep what was asked in view, or no longer", "Watch"),
)
#: What the footer has room for before the rest, in a narrow terminal as well.
FOOTER_FIRST = (
    *("pause_or_resume", "help", "quit_run", "detach", "step", "run_until", "stop_run", "type_words", "restart"),
    *("export", "compare", "command_palette", "modes", "map", "plan", "why", "steps", "step_size", "pace", "branch"),
    *("full_speed", "save_checkpoint", "watch", "next_theme"),
)
#: Of the panes.
DISPLAY_ACTS = (
    Act("modes-pane", "only(1)", "1", "Show the singular values alone, or all panes"),
    Act("rank-pane", "only(2)", "2", "Show the ranks alone, or all panes"),
    Act("analogies-pane", "only(3)", "3", "Show the analogies alone, or all panes"),
    Act("log-axis", "log_axis", "l", "Logarithmic or linear time axis"),
    Act("staircase", "staircase", "v", "Show the modes as a staircase, or as curves"),
    Act("zoom-in", "zoom(0.5)", "plus", "Show less of the time axis, larger"),
    Act("zoom-out", "zoom(2.0)", "minus", "Show more of the time axis"),
    Act("pan-left", "pan(-1)", "shift+left,left_curly_bracket", "Move the part of the time axis shown to the left"),
    Act("pan-right", "pan(1)", "shift+right,right_curly_bracket", "Move the part of the time axis shown to the right"),
    Act("whole-axis", "whole_axis", "0", "Show all of the time axis"),
    Act("cursor-left", "move_cursor(-1)", "left", "Move the time cursor to the left"),
    Act("cursor-right", "move_cursor(1)", "right", "Move the time cursor to the right"),
    Act("cursor-far-left", "move_cursor(-10)", "less_than_sign", "Move the time cursor far to the left"),
    Act("cursor-far-right", "move_cursor(10)", "greater_than_sign", "Move the time cursor far to the right"),
    Act("cursor-step-back", "step_cursor(-1)", "comma", "Move the time cursor one step back"),
    Act("cursor-step-on", "step_cursor(1)", "full_stop", "Move the time cursor one step on"),
    Act("first-moment", "first_moment", "home", "Put the time cursor at the first step"),
    Act("latest-moment", "latest_moment", "end", "Show the latest moment"),
)
#: The keys by name, as they are by default.
DEFAULT_KEYS = {act.name: act.key for act in (*APP_ACTS, *DISPLAY_ACTS)}
#: Keys that do the same everywhere; none of them can be given to something else.
FIXED_KEYS = frozenset("escape enter tab shift+tab up down pageup pagedown ctrl+c ctrl+p ctrl+q ctrl+z".split())
