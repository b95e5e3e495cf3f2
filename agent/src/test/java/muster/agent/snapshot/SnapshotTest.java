package muster.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
    @TempDir
    private Path folder;

    private static final CompletableFuture<Remembered> NOTHING = CompletableFuture.completedFuture(Remembered.NOTHING);

    private final Counters counters = new Counters();
    private final List<String> problems = new ArrayList<>();

    private static Remembered state(Map<String, String> alive, Map<String, String> failed, long time) {
        return new Remembered(new TreeMap<>(alive), new TreeMap<>(failed), time, time, time);
    }

    private Remembered parse(String text, boolean rejoin) throws IOException {
        return SnapshotReader.read(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), rejoin, problems::add);
    }

    private static Remembered read(Path file, boolean rejoin) throws CannotStart {
        return Snapshot.read(file, rejoin).join();
    }

    @Test
    void serfs_lines_are_read_with_spaces_in_names_and_old_coordinates() throws IOException {
        Remembered read = parse("""
                # a comment
                alive: n 1 10.0.0.1:7946
                alive: n2 [fe80::1]:7946
                alive: gone 10.0.0.3:7946
                not-alive: gone
                clock: 10
                event-clock: 7
                query-clock: 18446744073709551615
                coordinate: {"Vec":[0]}
                alive: torn 10.0.0.4:79""", false);
        assertThat(read.alive()).containsOnly(Map.entry("n 1", "10.0.0.1:7946"), Map.entry("n2", "[fe80::1]:7946"));
        assertThat(List.of(read.time(), read.eventTime())).containsExactly(10L, 7L);
        assertThat(problems).isEmpty();
    }

    @Test
    void a_leave_wipes_unless_a_rejoin_is_wanted() throws IOException {
        String text = "alive: n1 10.0.0.1:7946\nclock: 5\nleave\nclock: 6\n";
        assertThat(parse(text, false)).isEqualTo(new Remembered(new TreeMap<>(), new TreeMap<>(), 6, 0, 0));
        assertThat(parse(text, true).alive()).containsOnlyKeys("n1");
    }

    @Test
    void lines_that_make_no_sense_cost_only_themselves() throws IOException {
        Remembered read =
                parse("alive: \nclock: x\nnonsense\n" + "y".repeat(100_000) + "\n\nalive: n1 10.0.0.1:1\n", false);
        assertThat(read.alive()).containsOnlyKeys("n1");
        assertThat(problems).hasSize(5);
    }

    @Test
    void any_bytes_can_be_read() throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            var bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] =
                        random.nextInt(3) == 0 ? (byte) "alive: clok-tn#fd\n0 ".charAt(random.nextInt(20)) : bytes[i];
            }
            assertThat(SnapshotReader.read(new ByteArrayInputStream(bytes), random.nextBoolean(), problems::add))
                    .as("seed %d", seed)
                    .isNotNull();
        }
    }

    /** However a cluster lives, what was written line by line reads as what was so at the end. */
    @Test
    void the_lines_of_any_history_read_back_as_its_end() throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int life = 0; life < 200; life++) {
            var journal = new Journal(Remembered.NOTHING);
            var text = new StringBuilder();
            var alive = new TreeMap<String, String>();
            var failed = new TreeMap<String, String>();
            long time = 0;
            for (int step = 0; step < 40; step++) {
                String name = "n " + random.nextInt(5);
                alive.remove(name);
                failed.remove(name);
                switch (random.nextInt(3)) {
                    case 0 -> alive.put(name, "10.0.0.1:" + random.nextInt(3));
                    case 1 -> failed.put(name, "10.0.0.1:" + random.nextInt(3));
                    default -> {}
                }
                time += random.nextInt(2);
                if (random.nextBoolean()) {
                    journal.follow(state(alive, failed, time))
                            .forEach(line -> text.append(line).append('\n'));
                }
            }
            Remembered end = state(alive, failed, time);
            journal.follow(end).forEach(line -> text.append(line).append('\n'));
            assertThat(parse(text.toString(), false)).as("seed %d", seed).isEqualTo(end);
            assertThat(parse(String.join("\n", journal.whole()) + "\n", false))
                    .as("seed %d", seed)
                    .isEqualTo(end);
        }
    }

    @Test
    void whom_we_have_not_met_yet_stays_and_clocks_never_fall() {
        var journal = new Journal(state(Map.of("old", "10.0.0.9:1"), Map.of(), 20));
        assertThat(journal.follow(state(Map.of("me", "10.0.0.1:1"), Map.of(), 3)))
                .containsExactly("alive: me 10.0.0.1:1");
        assertThat(journal.whole()).contains("alive: old 10.0.0.9:1", "clock: 20");
    }

    @Test
    void a_name_cannot_write_lines_of_its_own() {
        var journal = new Journal(Remembered.NOTHING);
        assertThat(journal.follow(state(Map.of("x\nleave", "10.0.0.1:1"), Map.of("y\nleave", "10.0.0.1:1"), 0)))
                .isEmpty();
        assertThat(journal.unwritable()).isEqualTo(2);
    }

    @Test
    void what_happens_is_in_the_file_soon_and_a_leave_at_the_end() throws Exception {
        Path file = folder.resolve("snapshot");
        var now = new AtomicReference<>(state(Map.of("me", "10.0.0.1:1"), Map.of(), 1));
        try (Snapshot snapshot = Snapshot.start(file, NOTHING, now::get, counters, _ -> {})) {
            await().until(() -> Files.exists(file) && read(file, false).equals(now.get()));
            now.set(state(Map.of("me", "10.0.0.1:1"), Map.of("n 2", "10.0.0.2:1"), 9));
            await().until(() -> read(file, false).equals(now.get()));
            snapshot.leave();
        }
        assertThat(Files.readString(file)).endsWith("leave\nclock: 9\nevent-clock: 9\nquery-clock: 9\n");
        assertThat(read(file, true)).isEqualTo(now.get());
        assertThat(read(file, false)).isEqualTo(state(Map.of(), Map.of(), 9));
    }

    @Test
    void a_file_that_is_mostly_history_is_rewritten() throws Exception {
        Path file = folder.resolve("snapshot");
        Files.writeString(file, "alive: old 10.0.0.9:1\nnot-alive: old\n".repeat(10_000));
        var now = new AtomicReference<>(state(Map.of("me", "10.0.0.1:1"), Map.of(), 1));
        try (Snapshot _ = Snapshot.start(file, Snapshot.read(file, false), now::get, counters, _ -> {})) {
            await().until(() -> Files.size(file) < 200);
        }
        assertThat(read(file, false)).isEqualTo(now.get());
        assertThat(folder.resolve("snapshot.compact")).doesNotExist();
    }

    @Test
    void a_file_that_is_not_read_yet_is_not_replaced_and_what_it_holds_is_kept() throws Exception {
        String old = "alive: old 10.0.0.9:1\nclock: 20\n";
        Path file = Files.writeString(folder.resolve("snapshot"), old);
        var now = new AtomicReference<>(state(Map.of("me", "10.0.0.1:1"), Map.of(), 3));
        var slow = new CompletableFuture<Remembered>();
        try (Snapshot snapshot = Snapshot.start(file, slow, now::get, counters, _ -> {})) {
            await().untilAsserted(() ->
                    assertThat(snapshot.facts()).containsEntry("trouble", "the old one is still being read"));
            assertThat(file).hasContent(old);
            slow.complete(read(file, false));
            await().untilAsserted(() -> assertThat(read(file, false).alive()).containsOnlyKeys("old", "me"));
            assertThat(snapshot.facts()).containsEntry("trouble", "none");
            assertThat(read(file, false).time()).isEqualTo(20);
        }
    }

    @Test
    void a_file_that_is_never_read_stays_as_it_is() throws Exception {
        String old = "alive: old 10.0.0.9:1\nclock: 20\n";
        Path file = Files.writeString(folder.resolve("snapshot"), old);
        var now = new AtomicReference<>(state(Map.of("me", "10.0.0.1:1"), Map.of(), 3));
        try (Snapshot snapshot = Snapshot.start(file, new CompletableFuture<>(), now::get, counters, _ -> {})) {
            snapshot.leave();
        }
        assertThat(file).hasContent(old);
        var failed = CompletableFuture.<Remembered>failedFuture(new IOException("Input/output error"));
        try (Snapshot snapshot = Snapshot.start(file, failed, now::get, counters, _ -> {})) {
            await().untilAsserted(
                            () -> assertThat(snapshot.facts().get("trouble")).contains("Input/output error"));
        }
        assertThat(file).hasContent(old);
        assertThat(counters.snapshot()).containsEntry("snapshot-reads-failed", 1L);
    }

    @Test
    void a_disk_that_takes_nothing_is_counted_reported_and_tried_again() throws Exception {
        Path absent = folder.resolve("absent");
        Path file = absent.resolve("snapshot");
        var now = new AtomicReference<>(state(Map.of("me", "10.0.0.1:1"), Map.of(), 1));
        try (Snapshot snapshot = Snapshot.start(file, Snapshot.read(file, false), now::get, counters, _ -> {})) {
            await().until(() -> counters.snapshot().containsKey("snapshot-writes-failed"));
            await().untilAsserted(() -> assertThat(snapshot.facts()).doesNotContainEntry("trouble", "none"));
            Files.createDirectory(absent);
            await().atMost(java.time.Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(snapshot.facts()).containsEntry("trouble", "none"));
        }
        assertThat(read(file, false)).isEqualTo(now.get());
    }

    @Test
    void a_disk_that_hangs_holds_up_nobody() {
        var hangs = new CountDownLatch(1);
        Snapshot snapshot = Snapshot.start(
                folder.resolve("snapshot"),
                NOTHING,
                () -> {
                    try {
                        hangs.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Remembered.NOTHING;
                },
                counters,
                _ -> {});
        snapshot.leave();
        assertThat(snapshot.facts()).containsKey("seconds_since_write");
        snapshot.close();
        hangs.countDown();
        snapshot.close(); // it writes a last time, into a folder that goes with the test
    }

    @Test
    void a_directory_is_no_snapshot() {
        assertThatThrownBy(() -> Snapshot.read(folder, false))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("is not a file");
    }
}
