package muster.agent.balance;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import muster.balancing.Backend;
import muster.proxy.Evidence;

/**
 * Passes the proxy's evidence to gossip: probe that member now. A dead backend under load is reported thousands of times
 * a second; one probe in a while is enough.
 */
public final class ProbeRequests implements Evidence {
    private static final Duration ONE_IN = Duration.ofMillis(100);
    private static final int NODES_MAX = 10_000; // as many as a pool holds

    private final ConcurrentHashMap<String, Long> lastNanos = new ConcurrentHashMap<>();
    private final Consumer<String> probe;

    /** {@code probe} takes the name of a member; it is called on the proxy's threads and must not block. */
    public ProbeRequests(Consumer<String> probe) {
        this.probe = probe;
    }

    @Override
    public void suspectNow(Backend backend) {
        ask(backend.node());
    }

    /** Of the member with this name, unless that was asked for a moment ago. */
    void ask(String node) {
        long now = System.nanoTime();
        Long last = lastNanos.get(node);
        if (last != null && now - last < ONE_IN.toNanos()) {
            return;
        }
        if (lastNanos.size() >= NODES_MAX) {
            lastNanos.clear();
        }
        lastNanos.put(node, now);
        probe.accept(node);
    }
}
