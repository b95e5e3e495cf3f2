package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void it_tells_what_was_measured_and_that_nothing_failed() {
        Findings findings = new Findings();
        findings.chapter("a fourth app joins");
        findings.measured("app answers → first request served", Duration.ofMillis(31), "");
        findings.measured("SIGTERM → drained and ended", Duration.ofMillis(1_310), "exit code 0");
        long now = System.nanoTime();
        Ledger ledger = new Ledger();
        for (int i = 0; i < 1_500; i++) {
            ledger.answered(i % 3 == 0 ? "web-1" : "web-2", now, now + 2_000_000);
        }
        ledger.answered("web-1", now, now + 150_000_000);

        assertThat(Report.of(findings, ledger, 200, 0, now + SECOND)).isEqualTo("""
                What was measured                                    slowest request meanwhile
                  a fourth app joins                                                     150 ms
                      app answers → first request served              31 ms
                      SIGTERM → drained and ended                    1.31 s  exit code 0

                1,501 requests at 200/s, 0 failed
                latency p50 2.0 ms, p99 2.0 ms, slowest 150 ms
                answered by web-1 501, web-2 1,000
                """);
    }

    @Test
    void a_request_counts_for_the_chapter_in_which_it_was_answered() {
        Findings findings = new Findings();
        findings.chapter("first");
        findings.chapter("second");
        long border = findings.chapters().get(1).fromNanos();
        Ledger ledger = new Ledger();
        ledger.answered("web-1", border - 7_000_001, border - 1);
        ledger.answered("web-1", border - 3_000_000, border);
        assertThat(Report.of(findings, ledger, 1, 0, border + SECOND))
                .containsPattern("first +7\\.0 ms\n  second +3\\.0 ms\n");
    }

    @Test
    void failures_and_problems_cannot_be_overlooked() {
        Findings findings = new Findings();
        findings.chapter("kill -9");
        findings.problem("web-2 was never seen as failed");
        Ledger ledger = new Ledger();
        for (int i = 0; i < 12; i++) {
            ledger.failed(new Ledger.Failure(2 * SECOND, 3 * SECOND, "/who?id=" + i, "status 502: no backend"));
        }
        assertThat(Report.of(findings, ledger, 200, SECOND, 4 * SECOND))
                .contains("PROBLEM: web-2 was never seen as failed")
                .contains("12 requests at 200/s, 12 failed")
                .contains("  failed: meant for 1.00 s, known at 2.00 s: /who?id=0: status 502: no backend")
                .contains("  failed: 2 more")
                .contains("answered by nobody");
        assertThat(findings.flawless()).isFalse();
    }
}
