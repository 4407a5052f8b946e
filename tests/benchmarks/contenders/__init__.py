"""One meta-training step in four ways, each run in a process of its own.

All do the same in their loops: pick tasks from the same pool, adapt, judge, and follow the outer gradient with Adam.
"""
