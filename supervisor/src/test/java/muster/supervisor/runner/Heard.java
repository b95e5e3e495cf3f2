package muster.supervisor.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import muster.supervisor.ExitStatus;
import muster.supervisor.ServiceSpec;

/** A listener that remembers, and lets tests wait for what they expect. */
final class Heard implements Listener {
    private static final long PATIENCE_MILLIS = 20_000;

    private final List<String> lines = new ArrayList<>();
    private final List<Long> pids = new CopyOnWriteArrayList<>();
    final List<ExitStatus> statuses = new CopyOnWriteArrayList<>();

    @Override
    public void started(ServiceSpec service, long pid) {
        pids.add(pid);
        add("started");
    }

    @Override
    public void ready(ServiceSpec service) {
        add("ready");
    }

    @Override
    public void notReady(ServiceSpec service, String reason) {
        add("notReady: " + reason);
    }

    @Override
    public void draining(ServiceSpec service) {
        add("draining");
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        statuses.add(status);
        add("exited: " + status);
    }

    @Override
    public void failed(ServiceSpec service, String reason, int code) {
        add("failed " + code + ": " + reason);
    }

    @Override
    public void down(ServiceSpec service, ExitStatus last) {
        add("down: " + last);
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Words only: what comes before the colon. */
    List<String> words() {
        return lines().stream().map(line -> line.replaceFirst(":.*", "")).toList();
    }

    long count(String word) {
        return words().stream().filter(word::equals).count();
    }

    long lastPid() {
        await("started", 1);
        return pids.getLast();
    }

    synchronized void await(String what, Predicate<List<String>> condition) {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (!condition.test(lines)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("waited in vain for " + what + "; heard " + lines);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    void await(String word, int times) {
        await(
                times + " × " + word,
                all -> all.stream()
                                .map(line -> line.replaceFirst(":.*", ""))
                                .filter(word::equals)
                                .count()
                        >= times);
    }
}
