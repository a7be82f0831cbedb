"""What other rooms ask of look-ups: those of a citizen, and the register once more."""

from chalicelib.registers.service.asking import ask_again, ask_for_decision
from chalicelib.registers.service.queries import Shown, find_own, fresh
from chalicelib.registers.service.registers import register_of

__all__ = ["Shown", "ask_again", "ask_for_decision", "find_own", "fresh", "register_of"]
