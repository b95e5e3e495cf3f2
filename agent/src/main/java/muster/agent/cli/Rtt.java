package muster.agent.cli;

import java.util.List;
import java.util.Locale;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;
import muster.agent.rpc.RpcClient;
import muster.gossip.wire.Coordinate;

/** {@code muster rtt NODE [NODE]}. */
final class Rtt extends ClientCommand {
    Rtt() {
        super("rtt", "estimate the round trip between two nodes", "NODE [NODE]", List.of(Schema.FORMAT), """
                Estimates how long a packet takes from one node to another and back, from the network coordinates that
                all members keep. Nothing is sent between the two. The second one is the agent's own if not given.

                Example: muster rtt web1 web2
                """);
    }

    @Override
    public int run(Invocation invocation) {
        List<String> words = invocation.words();
        if (words.isEmpty() || words.size() > 2) {
            throw new Misuse("One or two node names must be specified");
        }
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        String one = words.getFirst();
        String other = words.size() == 2 ? words.get(1) : nameOfAgent(invocation);
        String text = AgentClient.call(invocation.configuration(), "getting coordinates", client -> {
            double seconds = distance(coordinate(client, one), coordinate(client, other));
            if (json) {
                return Json.pretty(document -> {
                    document.writeStartObject();
                    document.writeStringProperty("node1", one);
                    document.writeStringProperty("node2", other);
                    document.writeNumberProperty("rtt_ms", Math.round(seconds * 1e6) / 1e3);
                    document.writeEndObject();
                });
            }
            return String.format(
                    Locale.ROOT,
                    "Estimated %s <-> %s rtt: %.3f ms",
                    Printable.of(one),
                    Printable.of(other),
                    seconds * 1_000);
        });
        invocation.console().line(text);
        return OK;
    }

    private static String nameOfAgent(Invocation invocation) {
        return AgentClient.call(invocation.configuration(), "querying agent", RpcClient::stats)
                .getOrDefault("agent", java.util.Collections.emptySortedMap())
                .getOrDefault("name", "");
    }

    private static Coordinate coordinate(RpcClient client, String node) throws java.io.IOException {
        Coordinate found = client.coordinate(node);
        if (found == null) {
            throw new Refusal("Could not find a coordinate for node \"" + Printable.of(node) + "\"");
        }
        return found;
    }

    /** Seconds, as Serf reckons: the adjustments count only while the sum stays above zero. */
    private static double distance(Coordinate one, Coordinate other) {
        double squares = 0;
        for (int i = 0; i < Coordinate.DIMENSIONS; i++) {
            double difference = one.at(i) - other.at(i);
            squares += difference * difference;
        }
        double raw = Math.sqrt(squares) + one.height() + other.height();
        double adjusted = raw + one.adjustment() + other.adjustment();
        return adjusted > 0 ? adjusted : raw;
    }
}
