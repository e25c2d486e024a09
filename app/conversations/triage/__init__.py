"""What a reply says: whether they want out, whether it needs a person, and why the program thinks so.

Rules alone decide about opt-outs (:mod:`.tiers`); the model (:mod:`.model`) may only sort and suggest, and
may raise a tier by one step, never lower it.
"""

from app.conversations.triage.judging import LABELS, Judgement, judge

__all__ = ["LABELS", "Judgement", "judge"]
