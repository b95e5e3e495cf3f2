package muster.agent.cli;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.agent.configuration.Durations;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;
import muster.agent.rpc.PoolRow;

/** {@code muster pool}. */
final class PoolCommand extends ClientCommand {
    PoolCommand() {
        super(
                "pool",
                "list the backends of a balancer, and why each is in its state",
                "[POOL]",
                List.of(Schema.FORMAT),
                """
                Asks a balancer for its backends: state and since when, requests in flight and in total, failures. Under each
                one that is not ready stands why; -format=json tells the reason of every one. Pools that nodes announce and
                this balancer does not serve (balance -pool) are named below; muster pool NAME lists one, -format=json all.
                Totals go on where they were when an app or its node is back at its address within an hour; they begin at 0 with
                the balancer.

                Example: muster pool web
                """);
    }

    @Override
    public int run(Invocation invocation) {
        if (invocation.words().size() > 1) {
            throw new Refusal("name one pool, or none for all: muster pool [POOL]");
        }
        List<PoolRow> all = AgentClient.call(invocation.configuration(), "retrieving pools", client -> client.pools());
        List<PoolRow> rows = all.stream()
                .filter(row -> invocation.words().isEmpty()
                        || row.pool().equals(invocation.words().getFirst()))
                .toList();
        String others = pools(rows.stream().filter(row -> !row.served()));
        if (rows.isEmpty() && !invocation.words().isEmpty()) {
            String pools = pools(all.stream());
            throw new Refusal("no backends in pool '"
                    + Printable.of(invocation.words().getFirst()) + "'; "
                    + (all.isEmpty()
                            ? "this agent has none at all. Is it a balancer ('muster balance')?"
                            : "this balancer has backends in: " + pools));
        }
        if (invocation.configuration().value(Schema.FORMAT).equals("json")) {
            invocation.console().line(json(rows));
            return OK;
        }
        if (all.isEmpty()) {
            invocation
                    .console()
                    .line(
                            "No backends. Is this agent a balancer ('muster balance')? 'muster members' shows who is there.");
            return OK;
        }
        if (invocation.words().isEmpty()) {
            rows = rows.stream().filter(PoolRow::served).toList();
        }
        if (rows.isEmpty()) {
            invocation.console().line("No backends in the pool that this balancer serves.");
        } else {
            table(rows, invocation);
        }
        if (!others.isEmpty()) {
            invocation
                    .console()
                    .line("\nAnnounced, but not served by this balancer (see -pool of 'muster balance'): " + others);
        }
        return OK;
    }

    private static String pools(Stream<PoolRow> rows) {
        return rows.map(row -> Printable.of(row.pool())).distinct().sorted().collect(Collectors.joining(", "));
    }

    private static void table(List<PoolRow> rows, Invocation invocation) {
        var table = new Table();
        table.row("POOL", "NODE", "ADDRESS", "STATE", "SINCE", "IN FLIGHT", "REQUESTS", "FAILURES");
        for (PoolRow row : rows) {
            table.row(
                    Printable.of(row.pool()),
                    Printable.of(row.node()),
                    Printable.of(row.address()),
                    row.state(),
                    Durations.format(Duration.ofSeconds(row.sinceSeconds())),
                    Long.toString(row.inFlight()),
                    Long.toString(row.requests()),
                    Long.toString(row.failures()));
        }
        List<String> lines = table.lines(3, Colours.ofStates(invocation));
        invocation.console().line(lines.getFirst());
        for (int i = 0; i < rows.size(); i++) {
            invocation.console().line(lines.get(i + 1));
            if (!rows.get(i).state().equals("ready")) {
                Table.wrapped(Printable.of(rows.get(i).reason())).forEach(invocation.console()::line);
            }
        }
    }

    private static String json(List<PoolRow> rows) {
        return Json.pretty(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("backends");
            for (PoolRow row : rows) {
                json.writeStartObject();
                json.writeStringProperty("pool", row.pool());
                json.writeStringProperty("node", row.node());
                json.writeStringProperty("address", row.address());
                json.writeStringProperty("state", row.state());
                json.writeStringProperty("reason", row.reason());
                json.writeBooleanProperty("served", row.served());
                json.writeNumberProperty("since_seconds", row.sinceSeconds());
                json.writeNumberProperty("weight", row.weight());
                json.writeNumberProperty("in_flight", row.inFlight());
                json.writeNumberProperty("requests", row.requests());
                json.writeNumberProperty("failures", row.failures());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
