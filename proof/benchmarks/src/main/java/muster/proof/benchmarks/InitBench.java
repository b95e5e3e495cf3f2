package muster.proof.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;

/** {@code muster init} beside {@code s6-svscan}, over service directories with the same content, at the same time. */
final class InitBench {

    private static final int SERVICES = 10;
    private static final int IDLE_SECONDS = 30;
    private static final int SETTLE_SECONDS = 10;

    /** Above the second below which s6 and, in a tree of s6, Muster hold the next start back. */
    private static final int LIVES_SECONDS = 2;

    // supervise/status of s6: two time stamps, the process, its status, flags.
    private static final int PID_OFFSET = 24;
    private static final int READY = 8;

    private final Stage stage;
    private final int restarts;

    InitBench(Stage stage, int restarts) {
        this.stage = stage;
        this.restarts = restarts;
    }

    /** One init and its tree. */
    private record Contender(
            String label, Path services, Path stamps, List<Double> upMillis, List<Double> readyMillis) {

        Path status(int service) {
            return services.resolve(name(service)).resolve("supervise/status");
        }

        /** The process of a service that is up and ready; 0 while it is not. */
        long readyPid(int service) {
            try {
                var status = ByteBuffer.wrap(Files.readAllBytes(status(service)));
                boolean ready =
                        status.limit() > PID_OFFSET + Long.BYTES && (status.get(status.limit() - 1) & READY) != 0;
                return ready ? status.getLong(PID_OFFSET) : 0;
            } catch (NoSuchFileException e) {
                return 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Kills the process of a service, and waits until the next one is ready. */
        void restart(int service) {
            long old = readyPid(service);
            long killedMicros = micros(Instant.now());
            ProcessHandle.of(old).orElseThrow().destroyForcibly();
            long pid = old;
            while (pid == old || pid == 0) {
                pid = readyPid(service);
            }
            readyMillis.add((micros(Instant.now()) - killedMicros) / 1e3);
            try {
                var stamp = Files.readString(stamps.resolve(name(service))).strip();
                upMillis.add((Long.parseLong(stamp.replaceAll("[.,]", "")) - killedMicros) / 1e3);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Cost(double rssMiB, double pssMiB, double cpuSeconds, long switches) {

        static Cost of(List<Long> processes) {
            return new Cost(
                    processes.stream().mapToDouble(Usage::rssMiB).sum(),
                    processes.stream().mapToDouble(Usage::pssMiB).sum(),
                    processes.stream().mapToDouble(Usage::cpuSeconds).sum(),
                    processes.stream().mapToLong(Usage::contextSwitches).sum());
        }
    }

    void run() {
        var facts = MachineFacts.line();
        var s6Tree = tree("s6");
        var musterTree = tree("muster");
        var runDirectory = stage.directory().resolve("run");
        var s6Program = stage.start(
                "s6-svscan", List.of("s6-svscan", s6Tree.resolve("services.d").toString()));
        var musterProgram = stage.start(
                "muster init", Launcher.command("init", "-tree=" + musterTree, "-run-dir=" + runDirectory), Map.of());
        var s6 = new Contender(
                "s6-svscan",
                s6Tree.resolve("services.d"),
                s6Tree.resolve("stamps"),
                new ArrayList<>(),
                new ArrayList<>());
        var muster = new Contender(
                "muster init",
                runDirectory.resolve("services"),
                musterTree.resolve("stamps"),
                new ArrayList<>(),
                new ArrayList<>());
        for (var contender : List.of(s6, muster)) {
            for (int service = 0; service < SERVICES; service++) {
                int number = service;
                Await.until(
                        contender.label() + " to have " + name(number) + " ready",
                        () -> contender.readyPid(number) != 0);
            }
        }

        Bench.progress("%d services each; settling for %d s, then idle for %d s"
                .formatted(SERVICES, SETTLE_SECONDS, IDLE_SECONDS));
        pause(SETTLE_SECONDS);
        var s6Processes = Stream.concat(Stream.of(s6Program.pid()), supervisors(s6Program))
                .toList();
        var musterProcesses = Stream.concat(Stream.of(musterProgram.pid()), guard(musterProgram))
                .toList();
        var s6Before = Cost.of(s6Processes);
        var musterBefore = Cost.of(musterProcesses);
        pause(IDLE_SECONDS);
        var s6After = Cost.of(s6Processes);
        var musterAfter = Cost.of(musterProcesses);

        for (int round = 0; round < restarts; round++) {
            Bench.progress("restart %d of %d".formatted(round + 1, restarts));
            var order = round % 2 == 0 ? List.of(s6, muster) : List.of(muster, s6);
            for (var contender : order) {
                contender.restart(round % SERVICES);
            }
            // The same service comes again after a whole turn only.
            pause(round % SERVICES == SERVICES - 1 ? LIVES_SECONDS : 0);
        }
        print(facts, List.of(s6, muster), List.of(s6Before, musterBefore), List.of(s6After, musterAfter));
    }

    /** A tree of s6-overlay's form with services that note when they start and say when they are ready. */
    private Path tree(String name) {
        var tree = stage.directory().resolve(name);
        var stamps = tree.resolve("stamps");
        try {
            Files.createDirectories(stamps);
            for (int service = 0; service < SERVICES; service++) {
                var directory =
                        Files.createDirectories(tree.resolve("services.d").resolve(name(service)));
                Files.writeString(directory.resolve("notification-fd"), "3\n");
                var run = Files.writeString(directory.resolve("run"), """
                        #!/bin/bash
                        echo "$EPOCHREALTIME" > %s
                        echo >&3
                        exec sleep 100000
                        """.formatted(stamps.resolve(name(service))));
                Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tree;
    }

    private static Stream<Long> supervisors(Program svscan) {
        return svscan.children().stream().map(ProcessHandle::pid);
    }

    /** The shell that ends the services when Muster is killed; the services themselves are not counted. */
    private static Stream<Long> guard(Program init) {
        return init.children().stream()
                .filter(child -> child.info().commandLine().orElse("").contains("/sh"))
                .map(ProcessHandle::pid);
    }

    private static String name(int service) {
        return "service-" + service;
    }

    private static long micros(Instant moment) {
        return moment.getEpochSecond() * 1_000_000 + moment.getNano() / 1_000;
    }

    private static void pause(int seconds) {
        long endNanos = System.nanoTime() + seconds * 1_000_000_000L;
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void print(String facts, List<Contender> contenders, List<Cost> before, List<Cost> after) {
        System.out.printf("""
                ## An init and its services

                %s Command: `proof/benchmarks/bench init %d`.

                The same %d services with `notification-fd` under each init, both at once. Killed with -9 in turn, %d times each; "up" is the
                first line of the next process's run script, "ready" what `supervise/status` says. Idle over %d s; memory of the init and
                what belongs to it (s6: svscan and a supervise per service; Muster: the guard), services not counted.

                | init | kill → up, median (worst) ms | kill → ready, median (worst) ms | RSS MiB | PSS MiB | CPU %% | context switches/s |
                |---|---|---|---|---|---|---|
                """, facts, restarts, SERVICES, restarts, IDLE_SECONDS);
        for (int n = 0; n < contenders.size(); n++) {
            var contender = contenders.get(n);
            System.out.printf(
                    "| %s | %s | %s | %.1f | %.1f | %.2f | %.1f |%n",
                    contender.label(),
                    medianAndWorst(contender.upMillis()),
                    medianAndWorst(contender.readyMillis()),
                    after.get(n).rssMiB(),
                    after.get(n).pssMiB(),
                    (after.get(n).cpuSeconds() - before.get(n).cpuSeconds()) * 100 / IDLE_SECONDS,
                    (after.get(n).switches() - before.get(n).switches()) / (double) IDLE_SECONDS);
        }
    }

    private static String medianAndWorst(List<Double> millis) {
        var values = millis.stream().mapToDouble(Double::doubleValue).toArray();
        return "%.1f (%.1f)"
                .formatted(
                        Bench.median(values),
                        millis.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }
}
