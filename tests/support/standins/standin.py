"""What the stand-ins for other people's programs share. Each behaves as the real one does as far as Tide uses it: it has
the real one's commands and flags and refuses all others. Its state is a JSON file in .standins/ of the folder it runs in,
where `calls` lists what it was called with, one JSON list a line."""

import json
import os
import sys

FOLDER = ".standins"


def read_state(name, default):
    try:
        with open(f"{FOLDER}/{name}.json") as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def write_state(name, state):
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{FOLDER}/{name}.json.new", "w") as file:
        json.dump(state, file)
    os.replace(f"{FOLDER}/{name}.json.new", f"{FOLDER}/{name}.json")


def note_call():
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{FOLDER}/calls", "a") as file:
        file.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\n")


def die(text, code=1):
    print(text, file=sys.stderr)
    sys.exit(code)


def parse(words, flags, unknown=lambda flag: die(f"unknown flag: {flag}"), interleaved=True):
    """Splits words into (options, others). `flags` has each flag's name and whether a value follows: True, False. A flag
    that it does not have is refused. Without `interleaved` the first other word ends the flags."""
    options, others, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word == "--":
            others += words
            break
        if not word.startswith("-") or word == "-":
            others.append(word)
            if not interleaved:
                others += words
                break
            continue
        name, has_value, value = word.partition("=")
        if name not in flags:
            unknown(name)
        if flags[name]:
            if not has_value and not words:
                die(f"flag needs an argument: {name}")
            options.setdefault(name, []).append(value if has_value else words.pop(0))
        else:
            options.setdefault(name, []).append("true")
    return options, others
