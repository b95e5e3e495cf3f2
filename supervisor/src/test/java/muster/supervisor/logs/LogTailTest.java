package muster.supervisor.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogTailTest {
    private final LogTail tail = new LogTail();

    private void add(String... lines) {
        tail.add(
                Instant.EPOCH,
                List.of(lines).stream()
                        .map(line -> line.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private static List<String> text(List<LogTail.Line> lines) {
        return lines.stream().map(line -> line.number() + " " + line.text()).toList();
    }

    @Test
    void the_newest_lines_come_in_the_order_in_which_they_were_written() {
        add("a", "b");
        add("c");
        assertThat(text(tail.newest(2))).containsExactly("1 b", "2 c");
        assertThat(text(tail.newest(100))).containsExactly("0 a", "1 b", "2 c");
        assertThat(tail.next()).isEqualTo(3);
    }

    @Test
    void no_more_is_kept_than_the_limit_and_whoever_comes_late_sees_by_the_number_what_is_missing() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            add("x".repeat(1_000));
        }
        var kept = tail.from(0);
        assertThat(kept.size()).isBetween(LogTail.BYTES_MAX / 1_100, LogTail.BYTES_MAX / 1_000);
        assertThat(kept.getFirst().number()).isEqualTo(1_000 - kept.size());
        for (int i = 0; i < 100_000; i++) {
            add("");
        }
        assertThat(tail.newest(Integer.MAX_VALUE).size()).isLessThan(LogTail.BYTES_MAX / 60);
    }

    @Test
    void a_reader_waits_for_the_next_line_and_for_the_end() throws Exception {
        add("a");
        var waiting = new CompletableFuture<List<LogTail.Line>>();
        var reader = Thread.ofVirtual().start(() -> {
            try {
                waiting.complete(tail.from(1));
            } catch (InterruptedException e) {
                waiting.completeExceptionally(e);
            }
        });
        add("b");
        assertThat(text(waiting.join())).containsExactly("1 b");
        reader.join();
        tail.end();
        assertThat(tail.from(2)).isEmpty();
    }
}
