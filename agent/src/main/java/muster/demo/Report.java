package muster.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The end of the demo in words: pure, from the books to the text. */
final class Report {
    private static final int FAILURES_SHOWN = 10;

    private Report() {}

    /** {@code startNanos} is the story's zero, {@code endNanos} when the load ended. */
    static String of(Findings findings, Ledger ledger, int perSecond, long startNanos, long endNanos) {
        List<String> lines = new ArrayList<>();
        List<Findings.Chapter> chapters = findings.chapters();
        lines.add("What was measured                                    slowest request meanwhile");
        for (int i = 0; i < chapters.size(); i++) {
            Findings.Chapter chapter = chapters.get(i);
            long until = i + 1 < chapters.size() ? chapters.get(i + 1).fromNanos() : endNanos;
            Latencies.Summary during = ledger.latencies().between(chapter.fromNanos(), until);
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-58s %18s",
                    chapter.title(),
                    during.count() == 0 ? "-" : Text.micros(during.max())));
            for (Findings.Measure measure : chapter.measures()) {
                lines.add(String.format(
                                Locale.ROOT,
                                "      %-44s %8s  %s",
                                measure.what(),
                                Text.duration(measure.took()),
                                measure.note())
                        .stripTrailing());
            }
            for (String problem : chapter.problems()) {
                lines.add("      PROBLEM: " + problem);
            }
        }
        lines.add("");
        lines.addAll(verdict(ledger, perSecond, startNanos));
        return String.join("\n", lines) + "\n";
    }

    private static List<String> verdict(Ledger ledger, int perSecond, long startNanos) {
        List<String> lines = new ArrayList<>();
        Latencies.Summary all = ledger.latencies().all();
        long requests = ledger.answered() + ledger.failed();
        lines.add(Text.count(requests, "request") + " at " + Text.count(perSecond) + "/s, "
                + Text.count(ledger.failed()) + " failed");
        lines.add("latency p50 " + Text.micros(all.p50()) + ", p99 " + Text.micros(all.p99()) + ", slowest "
                + Text.micros(all.max()));
        if (ledger.latencies().left() > 0) {
            lines.add("  (latency without the last "
                    + Text.count(ledger.latencies().left(), "request") + ")");
        }
        List<String> shares = new ArrayList<>();
        for (Map.Entry<String, Long> total : ledger.totals().entrySet()) {
            if (total.getValue() > 0) {
                shares.add(total.getKey() + " " + Text.count(total.getValue()));
            }
        }
        lines.add("answered by " + (shares.isEmpty() ? "nobody" : String.join(", ", shares)));
        List<Ledger.Failure> failures = ledger.failures();
        for (Ledger.Failure failure : failures.subList(0, Math.min(FAILURES_SHOWN, failures.size()))) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  failed: meant for %.2f s, known at %.2f s: %s: %s",
                    (failure.intendedNanos() - startNanos) / 1e9,
                    (failure.failedNanos() - startNanos) / 1e9,
                    failure.request(),
                    failure.what()));
        }
        if (ledger.failed() > FAILURES_SHOWN) {
            lines.add("  failed: " + Text.count(ledger.failed() - FAILURES_SHOWN) + " more");
        }
        return lines;
    }
}
