package muster.proof.harness;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import muster.proof.harness.OpenLoopClient.Style;

/** Several clients before one balancer at once. */
public final class Traffic implements AutoCloseable {

    /**
     * Of each style; {@code -Dtraffic.rate=667} for 2,000 in all, on a machine that has nothing else to do. Two cores with other
     * tests beside have to do for an app that has just started and is alone: at 125 it fell behind there, and its queue ran over.
     */
    private static final int PER_SECOND = Integer.getInteger("traffic.rate", 60);

    private static final int A_WHILE = 3 * PER_SECOND; // requests of each style

    private final List<OpenLoopClient> clients = new ArrayList<>();

    /** Begins to send to a balancer at {@code HOST:PORT}; returns when the rate is reached. */
    public Traffic(String target, Style... styles) {
        for (var style : styles) {
            clients.add(OpenLoopClient.start(target, PER_SECOND, style));
        }
        clients.forEach(OpenLoopClient::awaitFullRate);
    }

    public Traffic goesOn() {
        var goals = clients.stream()
                .map(client -> client.answered() + A_WHILE)
                .toList(); // first, so that all go on during the same time
        for (int n = 0; n < clients.size(); n++) {
            clients.get(n).awaitAnswered(goals.get(n));
        }
        return this;
    }

    public Traffic awaitServedBy(String backend) {
        clients.forEach(client -> client.awaitServedBy(backend));
        return this;
    }

    /** Goes on until this backend has answered none of the latest requests. */
    public Traffic awaitNoLongerServedBy(String backend) {
        for (var client : clients) {
            Await.until("the traffic to leave " + backend, () -> {
                long sinceNanos = System.nanoTime();
                client.sendsMore(50);
                return !client.report().since(sinceNanos).servedBy().containsKey(backend);
            });
        }
        return this;
    }

    public Traffic awaitServedAgainBy(String backend) {
        long sinceNanos = System.nanoTime();
        for (var client : clients) {
            Await.until(
                    "the traffic to return to " + backend,
                    () -> client.report().since(sinceNanos).servedBy().containsKey(backend));
        }
        return this;
    }

    /** Ends it; every request must have got its answer. */
    public List<Report> endsWithoutFailure() {
        return endsWithoutFailureSince(Long.MIN_VALUE);
    }

    /** The same; {@code besides} belongs to a failure too, such as what the balancer has seen. */
    public List<Report> endsWithoutFailure(Supplier<String> besides) {
        try {
            return endsWithoutFailure();
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + besides.get(), e);
        }
    }

    /** Ends it; every request must have got its answer, but for those that were lost. */
    public List<Report> endsWithout(List<Lost> lost) {
        return ended(clients.stream()
                .map(client -> new Report(client.stop().requests().stream()
                        .filter(request -> !request.failed()
                                || lost.stream().noneMatch(each -> each.covers(client.style(), request)))
                        .toList()))
                .toList());
    }

    /** Ends it; every request that was due at or after this {@link System#nanoTime} must have got its answer. */
    public List<Report> endsWithoutFailureSince(long nanos) {
        return ended(clients.stream()
                .map(OpenLoopClient::stop)
                .map(report -> report.since(nanos))
                .toList());
    }

    private static List<Report> ended(List<Report> reports) {
        if (reports.stream().anyMatch(report -> !report.failures().isEmpty())) {
            throw new AssertionError(reports.stream().map(Report::toString).collect(Collectors.joining("\n"))
                    + "\nrunning or waiting for a core, on average of the last minute: "
                    + ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        }
        return reports;
    }

    @Override
    public void close() {
        clients.forEach(OpenLoopClient::close);
    }
}
