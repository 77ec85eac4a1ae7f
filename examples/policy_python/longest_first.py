"""Of the first few ready tiles the longest goes first, to the core that has its operands (docs/policies.md).

examples/policy_plugin is the same in C++: both decide alike.
"""

from tessera import Option, Policy, Wait


class LongestFirst(Policy):
    name = "longest_first"
    score = "ps on its unit, the longest first"
    depth = Option(8, "ready tiles that are weighed", low=1, high=1000)

    def begin(self, view):
        self.predicted = view.graph.tiles.predicted_ps
        self.weighed_now = []

    def decide(self, view):
        legal = view.dispatches(self.depth)  # of later slices, if there are any: they give an output slot back
        self.weighed_now = [(d.tile, d.core, -self.predicted[d.tile]) for d in legal]
        return min(legal, key=lambda d: self.cost(view, d), default=Wait())

    def cost(self, view, d):
        missing = view.missing_bytes(d.tile, d.core)
        return -self.predicted[d.tile], missing, view.busy_until_ps(d.core), d.tile, d.core

    def candidates(self):
        return self.weighed_now
