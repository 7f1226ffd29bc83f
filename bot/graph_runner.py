"""Runs Rasa's graph of components in an order worked out once.

Rasa hands the graph to dask, which plans it anew for each message and writes every input into a debug line. Our graphs
are small, fixed and run in one thread: the plan never changes.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

Plan = tuple[tuple[str, GraphNode, tuple[str, ...]], ...]  # node's name, node, names of what it needs


class PlannedGraphRunner(GraphRunner):  # type: ignore[misc]
    """Runs nodes one after the other, each after what it needs."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._plans: dict[tuple[str, ...], Plan] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> PlannedGraphRunner:
        """Load every component of the graph."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what the targets need and return their outputs by name."""
        wanted = tuple(targets or self._schema.target_names)
        plan = self._plans.get(wanted)
        if plan is None:
            plan = self._plans[wanted] = self._plan(wanted)
        outputs: dict[str, Any] = dict(inputs or {})
        for name, node, needed in plan:
            _, outputs[name] = node(*((need, outputs[need]) for need in needed))
        return {target: outputs[target] for target in wanted}

    def _plan(self, targets: tuple[str, ...]) -> Plan:
        schema = self._schema.minimal_graph_schema(list(targets))
        ordered: dict[str, tuple[str, ...]] = {}

        def visit(name: str) -> None:
            if name in ordered or name not in schema.nodes:
                return  # what is no node comes in as an input
            needed = tuple(schema.nodes[name].needs.values())
            for need in needed:
                visit(need)
            ordered[name] = needed

        for target in targets:
            visit(target)
        return tuple((name, self._nodes[name], needed) for name, needed in ordered.items())
