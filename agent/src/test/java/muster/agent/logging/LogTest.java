package muster.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LogTest {
    @Test
    void a_line_looks_like_serfs() {
        var seen = new CopyOnWriteArrayList<LogLine>();
        Consumer<LogLine> follower = seen::add;
        Log.follow(follower);
        try {
            Log.line(LogLevel.INFO, "serf: EventMemberJoin: n1 127.0.0.1");
            assertThat(seen)
                    .anyMatch(
                            line -> line.text()
                                    .matches(
                                            "\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[INFO] serf: EventMemberJoin: n1 127.0.0.1"));
        } finally {
            Log.unfollow(follower);
        }
    }

    @Test
    void control_characters_and_line_breaks_from_outside_cannot_fake_lines() {
        var seen = new CopyOnWriteArrayList<LogLine>();
        Consumer<LogLine> follower = seen::add;
        Log.follow(follower);
        try {
            Log.line(LogLevel.WARN, "agent: name=\u001b[31m\n2026/01/01 00:00:00 [INFO] faked");
            assertThat(seen).anyMatch(line -> line.text().contains("name=?[31m?2026"));
            assertThat(seen)
                    .noneMatch(line ->
                            line.text().contains("\n2026") || line.text().contains("\u001b"));
        } finally {
            Log.unfollow(follower);
        }
    }

    @Test
    void a_stack_trace_whose_message_has_line_breaks_cannot_fake_lines_either() {
        var seen = new CopyOnWriteArrayList<LogLine>();
        Consumer<LogLine> follower = seen::add;
        Log.follow(follower);
        try {
            var cause = new IllegalStateException("bad \u001b[31m\n2026/01/01 00:00:00 [INFO] faked");
            Log.line(LogLevel.ERR, "agent: a fault", cause);
            String text = seen.stream() // others of this JVM may have something to say too
                    .map(LogLine::text)
                    .filter(each -> each.contains("agent: a fault"))
                    .findFirst()
                    .orElseThrow();
            assertThat(text).contains("agent: a fault: java.lang.IllegalStateException: bad ?[31m");
            assertThat(text).doesNotContain("\u001b").contains("\n\tat muster.agent.logging.LogTest");
            assertThat(text.lines().skip(1)).allSatisfy(line -> assertThat(line).startsWith("\t"));
        } finally {
            Log.unfollow(follower);
        }
    }

    @Test
    void what_libraries_say_by_the_jdks_logging_is_ours_from_warnings_on() {
        var seen = new CopyOnWriteArrayList<LogLine>();
        Consumer<LogLine> follower = seen::add;
        Log.follow(follower);
        try {
            JdkLogs.toLog();
            var logger = java.util.logging.Logger.getLogger("io.netty.channel.Thing");
            logger.log(java.util.logging.Level.WARNING, "port {0} is odd", "8080");
            logger.info("chatter");
            assertThat(seen)
                    .filteredOn(line -> line.text().contains("io.netty.channel.Thing"))
                    .singleElement()
                    .matches(line -> line.text().endsWith("[WARN] io.netty.channel.Thing: port 8080 is odd"));
        } finally {
            Log.unfollow(follower);
        }
    }

    @Test
    void loggers_of_the_rooms_speak_with_the_name_of_their_room() {
        var seen = new CopyOnWriteArrayList<LogLine>();
        Consumer<LogLine> follower = seen::add;
        Log.follow(follower);
        try {
            System.getLogger("muster.proxy.Listener").log(System.Logger.Level.WARNING, "port={0}", "8080");
            System.getLogger("com.example.library").log(System.Logger.Level.INFO, "chatter");
            assertThat(seen).anyMatch(line -> line.text().endsWith("[WARN] proxy: port=8080"));
            assertThat(seen).noneMatch(line -> line.text().contains("chatter"));
        } finally {
            Log.unfollow(follower);
        }
    }

    /** Starts the one writer of the process, so it is the only test that does. */
    @Test
    void nobody_waits_for_a_reader_that_takes_nothing() {
        var neverReleased = new CountDownLatch(1);
        Log.start(new OutputStream() {
            @Override
            public void write(int b) {
                try {
                    neverReleased.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        long before = Log.dropped();
        for (int i = 0; i < 10_000; i++) {
            Log.line(LogLevel.INFO, "agent: line " + i);
        }
        await().until(() -> Log.dropped() > before);
        assertThat(Log.follow(_ -> {}))
                .hasSize(Log.RING_LINES)
                .filteredOn(line -> line.text().contains("agent: line "))
                .last()
                .matches(line -> line.text().endsWith("line 9999"));
    }
}
