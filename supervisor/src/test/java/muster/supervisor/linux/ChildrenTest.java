package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Signal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes. */
class ChildrenTest {
    private final Children children = Children.ofThisProcess();

    @TempDir
    Path directory;

    /** What became of one process. */
    private static final class Life implements Children.Handler {
        final CompletableFuture<Long> pid = new CompletableFuture<>();
        final CompletableFuture<ExitStatus> status = new CompletableFuture<>();
        volatile boolean groupLeft;

        @Override
        public void spawned(long spawned) {
            pid.complete(spawned);
        }

        @Override
        public void notSpawned(String reason, int code) {
            pid.completeExceptionally(new IOException(code + " " + reason));
            status.completeExceptionally(new IOException(code + " " + reason));
        }

        @Override
        public void exited(long exited, ExitStatus how, boolean left) {
            assertThat(exited).isEqualTo(pid.join());
            groupLeft = left;
            status.complete(how);
        }

        ExitStatus end() throws Exception {
            return status.get(20, TimeUnit.SECONDS);
        }
    }

    private Life run(String... words) {
        return runIn(directory.toString(), words);
    }

    private Life runIn(String where, String... words) {
        var life = new Life();
        var environment = new TreeMap<>(Map.of("PATH", System.getenv("PATH"), "GREETING", "hällo wörld"));
        children.spawn(new Command(List.of(words), environment, where), life);
        return life;
    }

    private String read(String file) throws IOException {
        return Files.readString(directory.resolve(file)).strip();
    }

    @Test
    void compiler_threads_come_after_everybody_else() throws Exception {
        var nice = new TreeMap<String, Integer>();
        try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"));
                String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
                // proc(5): the nice value is the 19th, and what follows the name begins with the third.
                nice.put(
                        name,
                        Integer.parseInt(
                                stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]));
            }
        }
        assertThat(nice).containsKey("C1 CompilerThre");
        assertThat(nice.get("C1 CompilerThre")).isGreaterThan(nice.get("muster-spawner"));
    }

    @Test
    void exit_statuses_are_exact() throws Exception {
        var lives = new ArrayList<Life>();
        for (int status = 0; status <= 255; status++) {
            lives.add(run("sh", "-c", "exit " + status));
        }
        for (int status = 0; status <= 255; status++) {
            assertThat(lives.get(status).end()).isEqualTo(new ExitStatus.Exited(status));
        }
    }

    @Test
    void death_by_a_signal_is_not_an_exit_with_128_and_its_number() throws Exception {
        for (int signal : new int[] {1, 2, 6, 9, 13, 15, 31, 34, 64}) {
            ExitStatus status =
                    run("sh", "-c", "ulimit -c 0; kill -" + signal + " $$").end();
            assertThat(status)
                    .isInstanceOfSatisfying(
                            ExitStatus.Killed.class,
                            killed -> assertThat(killed.signal()).isEqualTo(signal));
            assertThat(status.code()).isEqualTo(128 + signal);
        }
        assertThat(run("sh", "-c", "exit 143").end()).isEqualTo(new ExitStatus.Exited(143));
    }

    @Test
    void ten_thousand_processes_that_each_leave_an_orphan_are_all_reaped_with_the_right_status() throws Exception {
        long orphansBefore = children.orphansReaped();
        var lives = new ConcurrentHashMap<Integer, Life>();
        for (int i = 0; i < 10_000; i++) {
            lives.put(i, run("sh", "-c", "(exec sleep 0.0" + i % 10 + ") & exit " + i % 256));
            if (i % 50 == 49) {
                for (int done = i - 49; done <= i; done++) {
                    assertThat(lives.get(done).end()).isEqualTo(new ExitStatus.Exited(done % 256));
                }
            }
        }
        if (children.adoptsOrphans()) {
            await(() -> children.orphansReaped() - orphansBefore >= 10_000);
        }
        assertThat(zombies()).isEmpty();
    }

    @Test
    void a_child_leads_its_own_session_and_group() throws Exception {
        Life life = run("sh", "-c", "cut -d' ' -f 1,5,6 /proc/self/stat > out; cut -d' ' -f 1,5,6 /proc/$$/stat > out");
        assertThat(life.end()).isEqualTo(new ExitStatus.Exited(0));
        long pid = life.pid.join();
        assertThat(read("out")).isEqualTo(pid + " " + pid + " " + pid);
    }

    @Test
    void a_child_has_only_the_standard_descriptors() throws Exception {
        try (var held = Files.newInputStream(Path.of("/dev/null"))) {
            assertThat(held).isNotNull();
            // ls itself opens the directory: one more than the child was given, and sh the redirection.
            run("sh", "-c", "ls /proc/$$/fd > out").end();
        }
        assertThat(read("out").lines().map(Integer::parseInt).filter(fd -> fd > 2 && fd < 10))
                .isEmpty();
    }

    @Test
    void without_closefrom_it_has_only_the_standard_descriptors_too() throws Exception {
        boolean before = SpawnPlan.closesOneByOne;
        SpawnPlan.closesOneByOne = true;
        try {
            a_child_has_only_the_standard_descriptors();
        } finally {
            SpawnPlan.closesOneByOne = before;
        }
    }

    @Test
    void a_run_that_takes_too_long_is_killed_with_its_group() throws Exception {
        var command = new Command(List.of("sh", "-c", "sleep 1000 & wait"), new TreeMap<>(), directory.toString());
        assertThat(children.run(command, java.time.Duration.ofSeconds(1))).isEqualTo(new ExitStatus.Killed(9, false));
        assertThat(children.run(
                        new Command(List.of("sh", "-c", "exit 7"), new TreeMap<>(), ""), java.time.Duration.ZERO))
                .isEqualTo(new ExitStatus.Exited(7));
        assertThatThrownBy(() -> children.run(
                        new Command(List.of("no-such-program"), new TreeMap<>(), ""), java.time.Duration.ZERO))
                .hasMessageContaining("is not found in PATH");
    }

    @Test
    void a_run_that_could_not_begin_in_time_is_answered_and_does_not_begin_later() throws Exception {
        Path slow = directory.resolve("slow");
        assertThat(new ProcessBuilder("mkfifo", slow.toString()).start().waitFor())
                .isZero();
        var environment = new TreeMap<>(Map.of("PATH", System.getenv("PATH")));
        var before = new Life();
        // Its environment is read from a file that gives nothing yet: the thread that starts processes stands.
        children.spawn(
                new Command(
                        List.of("true"),
                        Launch.DEFAULTS
                                .withEnvironment(environment)
                                .withDirectory(directory.toString())
                                .withEnvironmentFiles(List.of("slow")),
                        Map.of()),
                before);
        var late = new Command(List.of("touch", "begun"), environment, directory.toString());

        assertThatThrownBy(() -> children.run(late, Duration.ofMillis(50)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was not started in time");

        Files.writeString(slow, "A=b\n");
        assertThat(before.end()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(run("true").end()).isEqualTo(new ExitStatus.Exited(0));
        assertThat(directory.resolve("begun")).doesNotExist();
    }

    @Test
    void descriptors_arrive_under_the_numbers_asked_for() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            var life = new Life();
            children.spawn(
                    new Command(
                            List.of("sh", "-c", "echo three >&3; echo seven >&7"),
                            muster.supervisor.Launch.DEFAULTS,
                            Map.of(3, pipe.writeEnd(), 7, pipe.writeEnd())),
                    life);
            life.end();
            var bytes = new byte[100];
            assertThat(new String(bytes, 0, pipe.read(bytes), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("three\nseven\n");
        }
    }

    @Test
    void a_fifo_takes_bytes_only_while_somebody_reads() throws Exception {
        Path fifo = directory.resolve("control");
        Fifo.create(fifo, 0600);
        assertThatThrownBy(() -> Fifo.create(fifo, 0600)).isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
        assertThat(Fifo.offer(fifo, (byte) 'u')).isFalse();
        // Opened for both, as a supervisor does: it never sees the end, and need not wait for a writer.
        try (var channel = java.nio.channels.FileChannel.open(
                fifo, java.nio.file.StandardOpenOption.READ, java.nio.file.StandardOpenOption.WRITE)) {
            assertThat(Fifo.offer(fifo, (byte) 'u', (byte) 'd')).isTrue();
            var got = java.nio.ByteBuffer.allocate(10);
            channel.read(got);
            assertThat(got.flip()).isEqualTo(java.nio.ByteBuffer.wrap(new byte[] {'u', 'd'}));
        }
        assertThatThrownBy(() -> Fifo.offer(directory.resolve("nothing"), (byte) 'u'))
                .hasMessageContaining("no such file or directory");
    }

    @Test
    void a_child_starts_with_default_signal_handling_and_nothing_blocked() throws Exception {
        // exec: a shell blocks signals for a moment while it starts a command, and grep may look at just that moment.
        run("sh", "-c", "exec grep -E 'SigBlk|SigIgn' /proc/self/status > out").end();
        assertThat(read("out").lines().map(line -> line.replaceAll("\\s+", " ")))
                // 32 and 33 belong to glibc, which leaves them as they are.
                .allMatch(line -> line.equals("SigBlk: 0000000000000000")
                        || line.equals("SigIgn: 0000000000000000")
                        || line.equals("SigIgn: 0000000180000000"));
    }

    @Test
    void directory_environment_and_arguments_arrive_as_given() throws Exception {
        Files.createDirectory(directory.resolve("sub"));
        runIn(
                        directory.resolve("sub").toString(),
                        "sh",
                        "-c",
                        "echo \"$1\" > ../out; pwd >> ../out; echo $GREETING >> ../out",
                        "x",
                        "two words\n\"é")
                .end();
        assertThat(read("out"))
                .isEqualTo("two words\n\"é\n" + directory.toRealPath().resolve("sub") + "\nhällo wörld");
    }

    @Test
    void a_program_is_found_relative_to_the_directory_it_starts_in() throws Exception {
        Path script = directory.resolve("go");
        Files.writeString(script, "#!/bin/sh\nexit 9\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(run("./go").end()).isEqualTo(new ExitStatus.Exited(9));
    }

    @Test
    void what_cannot_be_started_is_named_with_what_to_do() throws Exception {
        Path plain = Files.writeString(directory.resolve("plain"), "exit 3\n");
        Path nowhere = Files.writeString(directory.resolve("nowhere"), "#!/no/such/shell\n");
        Path headless = Files.writeString(directory.resolve("headless"), "exit 3\n");
        for (Path script : List.of(nowhere, headless)) {
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThatThrownBy(run("no-such-program")::end)
                .hasMessageContaining("127 Command \"no-such-program\" is not found in PATH (")
                .hasMessageContaining("install it, or give its full path.");
        assertThatThrownBy(run("/no/such/program")::end)
                .hasMessageContaining("127 Command /no/such/program does not exist; check the path");
        assertThatThrownBy(run("/tmp")::end).hasMessageContaining("126 Command /tmp is a directory");
        assertThatThrownBy(run(plain.toString())::end)
                .hasMessageContaining("126 ")
                .hasMessageContaining("chmod +x");
        assertThatThrownBy(run(nowhere.toString())::end).hasMessageContaining("interpreter");
        assertThatThrownBy(run(headless.toString())::end).hasMessageContaining("#!/bin/sh");
        assertThatThrownBy(runIn("/no/such/dir", "true")::end)
                .hasMessageContaining("Its directory /no/such/dir does not exist");
    }

    @Test
    void whatever_breaks_while_it_is_prepared_is_told() throws Exception {
        assertThatThrownBy(run()::end).hasMessageContaining("1 It cannot be started: ");
        assertThat(run("true").end()).isEqualTo(new ExitStatus.Exited(0));
    }

    @Test
    void a_signal_reaches_the_whole_group_and_the_group_is_seen_until_its_last_member_is_gone() throws Exception {
        Life life = run("sh", "-c", "sleep 100 & sleep 100 & echo up > out; wait");
        await(() -> Files.exists(directory.resolve("out")));
        long pid = life.pid.join();
        assertThat(children.groupExists(pid)).isTrue();
        assertThat(children.signalGroup(pid, Signal.KILL)).isTrue();
        assertThat(life.end()).isEqualTo(new ExitStatus.Killed(9, false));
        await(() -> !children.groupExists(pid));
        assertThat(children.signalGroup(pid, Signal.KILL)).isFalse();
    }

    @Test
    void an_exit_tells_whether_others_of_the_group_are_left() throws Exception {
        Life alone = run("true");
        alone.end();
        assertThat(alone.groupLeft).isFalse();
        Life notAlone = run("sh", "-c", "sleep 100 & exit 0");
        notAlone.end();
        assertThat(notAlone.groupLeft).isTrue();
        children.signalGroup(notAlone.pid.join(), Signal.KILL);
        await(() -> !children.groupExists(notAlone.pid.join()));
    }

    @Test
    void signals_to_everybody_or_to_our_own_group_are_refused() {
        for (long pid : new long[] {-1, 0, 1}) {
            assertThatThrownBy(() -> children.signalGroup(pid, Signal.KILL))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static List<String> zombies() throws IOException {
        var zombies = new ArrayList<String>();
        String us = Long.toString(ProcessHandle.current().pid());
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    String stat = Files.readString(process.resolve("stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    if (fields[0].equals("Z") && fields[1].equals(us)) {
                        zombies.add(stat);
                    }
                } catch (IOException gone) {
                    // It ended while we looked.
                }
            }
        }
        return zombies;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertThat(System.nanoTime() - end).as("waited in vain").isNegative();
            Thread.sleep(5);
        }
    }
}
