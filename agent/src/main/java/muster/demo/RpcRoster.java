package muster.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.rpc.RpcClient;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/** Asks over Serf's RPC, ours and Serf's own agents alike, and keeps one connection per node. Thread-safe: one question at a time. */
final class RpcRoster implements Roster, AutoCloseable {
    private static final String NO_KEY = "";

    /** Far above any real answer on loopback; a node that stands still must not stop the demo. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final Map<Integer, RpcClient> connections = new HashMap<>();
    private boolean closed;

    @Override
    public synchronized Map<String, String> members(int rpcPort) throws IOException {
        if (closed) {
            throw new IOException("the demo has ended");
        }
        RpcClient client = connections.get(rpcPort);
        boolean kept = client != null;
        if (client == null) {
            client = connect(rpcPort);
        }
        try {
            return ask(client);
        } catch (IOException broken) {
            drop(rpcPort);
            if (!kept) {
                throw broken;
            }
            // The node was started again since the last question.
            return ask(connect(rpcPort));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (Integer port : Map.copyOf(connections).keySet()) {
            drop(port);
        }
    }

    private RpcClient connect(int rpcPort) throws IOException {
        RpcClient client = RpcClient.connect(new InetSocketAddress(Ports.loopback(), rpcPort), NO_KEY);
        client.limitAnswers(ANSWER_MAX);
        connections.put(rpcPort, client);
        return client;
    }

    private static Map<String, String> ask(RpcClient client) throws IOException {
        Map<String, String> statuses = new TreeMap<>();
        for (Member member : client.members()) {
            statuses.put(member.name(), member.status().word());
        }
        return statuses;
    }

    private void drop(int rpcPort) {
        @Nullable RpcClient client = connections.remove(rpcPort);
        if (client != null) {
            try {
                client.close();
            } catch (IOException ignored) {
                // Nothing was under way on it.
            }
        }
    }
}
