package muster.proof.harness;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What became of the requests of an {@link OpenLoopClient}. */
public record Report(List<Request> requests) {

    /**
     * One request.
     *
     * @param dueNanos when it was to be sent, {@link System#nanoTime}; the time that it waited counts from here
     * @param by the backend that answered
     * @param problem empty when the answer was right
     */
    public record Request(String id, long dueNanos, long endNanos, String by, String problem) {

        /** From when it should have been sent to its answer or failure. */
        public long waitedNanos() {
            return endNanos - dueNanos;
        }

        public boolean failed() {
            return !problem.isEmpty();
        }
    }

    public List<Request> failures() {
        return requests.stream().filter(Request::failed).toList();
    }

    /** Right answers per backend. */
    public Map<String, Long> servedBy() {
        return requests.stream()
                .filter(request -> !request.failed())
                .collect(Collectors.groupingBy(Request::by, TreeMap::new, Collectors.counting()));
    }

    public long firstAnswerAtNanos(String backend) {
        return requests.stream()
                .filter(request -> request.by().equals(backend))
                .mapToLong(Request::endNanos)
                .min()
                .orElseThrow();
    }

    /** The requests that were due at or after this time. */
    public Report since(long nanos) {
        return new Report(
                requests.stream().filter(request -> request.dueNanos() >= nanos).toList());
    }

    /** Milliseconds from due to answered that this share of the requests stayed within, 0 to 1. */
    public double latencyMillis(double share) {
        var sorted = requests.stream().mapToLong(Request::waitedNanos).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, share * sorted.length)] / 1e6;
    }

    @Override
    public String toString() {
        var first = failures().stream()
                .sorted(Comparator.comparingLong(Request::dueNanos))
                .limit(5)
                .map(failure -> failure.id() + " " + failure.problem())
                .collect(Collectors.joining("; "));
        return requests.size() + " requests, " + failures().size() + " failed"
                + (first.isEmpty() ? "" : " (" + first + "; " + when() + ")") + ", served by " + servedBy();
    }

    /** One stall, or now and then: in seconds since the first request. */
    private String when() {
        long begin = requests.stream().mapToLong(Request::dueNanos).min().orElseThrow();
        var due = failures().stream().mapToLong(Request::dueNanos).summaryStatistics();
        var end = failures().stream().mapToLong(Request::endNanos).summaryStatistics();
        return "due from %.1f to %.1f s, failed from %.1f to %.1f s"
                .formatted(
                        (due.getMin() - begin) / 1e9,
                        (due.getMax() - begin) / 1e9,
                        (end.getMin() - begin) / 1e9,
                        (end.getMax() - begin) / 1e9);
    }
}
