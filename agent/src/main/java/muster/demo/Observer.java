package muster.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches the cluster from outside: the balancer's page all the time, the members as each node sees them on demand.
 *
 * <p>One thread of its own reads the page every {@value #PAGE_EVERY_MILLIS} ms, which is how exact "traffic moved" is.
 */
final class Observer implements AutoCloseable {
    static final int PAGE_EVERY_MILLIS = 10;
    private static final int MEMBERS_EVERY_MILLIS = 50;
    private static final long CHORES_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(2);

    private final Cluster cluster;
    private final Processes processes;
    private final Roster roster;
    private final Thread thread;
    private volatile Map<String, PoolsPage.Backend> backends = Map.of();
    private volatile Map<String, String> membersSeenByBalancer = Map.of();
    private volatile String pageProblem = "not asked yet";
    private volatile boolean stopped;

    Observer(Cluster cluster, Processes processes, Roster roster) {
        this.cluster = cluster;
        this.processes = processes;
        this.roster = roster;
        this.thread = Thread.ofPlatform().name("demo-observer").daemon().start(this::run);
    }

    /** The backends by node as the balancer last showed them. */
    Map<String, PoolsPage.Backend> backends() {
        return backends;
    }

    boolean ready(String node) {
        PoolsPage.Backend backend = backends.get(node);
        return backend != null && backend.ready();
    }

    /** Members and their status as the balancer sees them, at most half a second old. */
    Map<String, String> members() {
        return membersSeenByBalancer;
    }

    /** Why the page could not be read the last time; empty when it could. */
    String pageProblem() {
        return pageProblem;
    }

    /** The state that a node's peers ascribe to {@code member}, asked now; empty when that node knows no such member. */
    String statusOf(String member, Node askedNode) {
        try {
            return roster.members(askedNode.rpcPort()).getOrDefault(member, "");
        } catch (IOException unreachable) {
            return "?";
        }
    }

    /** Whether every running node but {@code member} itself gives it one of {@code statuses}. */
    boolean allSay(String member, String... statuses) {
        for (Node node : cluster.nodes()) {
            if (!node.name().equals(member) && cluster.isRunning(node)) {
                String status = statusOf(member, node);
                boolean one = false;
                for (String wanted : statuses) {
                    one |= wanted.equals(status);
                }
                if (!one) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Waits until {@code condition} holds and returns when that was seen, of {@link System#nanoTime}; -1 when it did not within
     * {@code timeout}. Throws {@link DemoRefused} when the balancer ends meanwhile: without it there is nothing to wait for.
     */
    long await(Duration timeout, int everyMillis, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            if (condition.getAsBoolean()) {
                return System.nanoTime();
            }
            if (!cluster.isRunning(cluster.balancer())) {
                Child balancer = cluster.child(cluster.balancer());
                throw new DemoRefused("the balancer ended with code "
                        + balancer.exitCode().orElse(-1) + "; it printed last:\n" + balancer.lastWords());
            }
            if (System.nanoTime() - deadline >= 0) {
                return -1;
            }
            Thread.sleep(everyMillis);
        }
    }

    long awaitBackends(Duration timeout, BooleanSupplier condition) throws InterruptedException {
        return await(timeout, PAGE_EVERY_MILLIS / 2, condition);
    }

    long awaitMembers(Duration timeout, BooleanSupplier condition) throws InterruptedException {
        return await(timeout, MEMBERS_EVERY_MILLIS, condition);
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        @Nullable HttpConnection page = null;
        long nextChores = System.nanoTime();
        while (!stopped) {
            try {
                if (page == null || !page.reusable()) {
                    if (page != null) {
                        page.close();
                    }
                    page = new HttpConnection(
                            new InetSocketAddress(Ports.loopback(), cluster.statsPort()), PAGE_TIMEOUT);
                }
                HttpConnection.Answer answer = page.get("/pools.json", false);
                if (answer.status() == 200) {
                    backends = PoolsPage.parse(answer.body());
                    pageProblem = "";
                } else {
                    pageProblem = "/pools.json answered with status " + answer.status();
                }
            } catch (IOException e) {
                pageProblem = String.valueOf(e.getMessage());
                backends = Map.of(); // nothing is known; the last page must not pass for the present
                if (page != null) {
                    page.close();
                    page = null;
                }
            }
            if (System.nanoTime() - nextChores >= 0) {
                nextChores = System.nanoTime() + CHORES_EVERY_NANOS;
                processes.remember();
                try {
                    membersSeenByBalancer =
                            new TreeMap<>(roster.members(cluster.balancer().rpcPort()));
                } catch (IOException notYet) {
                    // The view shows what was known last.
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAGE_EVERY_MILLIS));
        }
        if (page != null) {
            page.close();
        }
    }
}
