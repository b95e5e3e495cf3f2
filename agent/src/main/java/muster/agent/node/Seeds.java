package muster.agent.node;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import muster.agent.configuration.Durations;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;

/**
 * Keeps a node together with the seeds it was given, for ever: tries until one answers, tries again when the node is
 * alone, and looks for seeds that are not among the living members now and then, so that two halves of a partition find
 * each other although each has forgotten the other. Names are resolved anew each time. A thread of its own.
 */
public final class Seeds implements AutoCloseable {
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration HEAL_EVERY = Duration.ofSeconds(30); // as often as Serf tries failed members
    private static final int JOINS_AT_ONCE = 16; // a name with a thousand addresses is tried in slices

    private final Node node;
    private final Resolver resolver;
    private final List<String> seeds;
    private final Duration longestWait;
    private final int attemptsMax;
    private final boolean resolveOnce;
    private final Consumer<String> givenUp;
    private final Semaphore wake = new Semaphore(0);
    private final Consumer<Notice> listener = this::heard;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean ignoreOldEvents; // until we are first with others

    private final Set<String> loggedProblems = ConcurrentHashMap.newKeySet();
    private final Map<String, Resolver.Answer> resolved = new ConcurrentHashMap<>(); // empty unless resolveOnce
    private final Set<String> saidOurs = ConcurrentHashMap.newKeySet();

    /**
     * @param longestWait waits between two tries grow up to it
     * @param attemptsMax 0: never give up
     * @param ignoreOldEvents user events from before this node was first with others are not for it; those that it missed
     *     when it was cut off later are, as with Serf, which tries its seeds until the first success only
     * @param resolveOnce what a name led to first holds for ever
     * @param givenUp told, on this object's thread, when all attempts are used up
     */
    public Seeds(
            Node node,
            Resolver resolver,
            List<String> seeds,
            Duration longestWait,
            int attemptsMax,
            boolean ignoreOldEvents,
            boolean resolveOnce,
            Consumer<String> givenUp) {
        this.node = node;
        this.resolver = resolver;
        this.seeds = seeds;
        this.longestWait = longestWait;
        this.attemptsMax = attemptsMax;
        this.ignoreOldEvents = ignoreOldEvents;
        this.resolveOnce = resolveOnce;
        this.givenUp = givenUp;
        this.thread = Thread.ofPlatform().name("seeds").daemon().unstarted(this::run);
    }

    public Seeds start() {
        if (!seeds.isEmpty()) {
            node.listen(listener);
            thread.start();
        }
        return this;
    }

    @Override
    public void close() {
        closed = true;
        node.unlisten(listener);
        thread.interrupt();
    }

    private void heard(Notice notice) {
        if ((notice instanceof Notice.MemberFailed || notice instanceof Notice.MemberLeft) && node.isAlone()) {
            wake.release();
        }
    }

    private void run() {
        try {
            Duration wait = FIRST_WAIT;
            int attempts = 0;
            while (!closed) {
                Round round = round();
                if (round.joined() > 0) {
                    Log.line(LogLevel.INFO, "agent: Join completed. Synced with " + round.joined() + " initial agents");
                }
                boolean isWithOthers = round.joined() > 0 || !node.isAlone();
                if (isWithOthers) {
                    ignoreOldEvents = false;
                }
                boolean nobodyToTry = round.tried() == 0 && round.unresolved() == 0;
                if (isWithOthers || nobodyToTry) {
                    attempts = 0;
                    wait = FIRST_WAIT;
                    sleep(HEAL_EVERY);
                    continue;
                }
                attempts++;
                if (attemptsMax > 0 && attempts > attemptsMax) {
                    givenUp.accept("max retry join attempts made (" + attemptsMax + "): " + round.error());
                    return;
                }
                Log.line(
                        LogLevel.WARN,
                        "agent: Join failed: " + round.error() + ", retrying in " + Durations.format(wait));
                sleep(wait);
                wait = min(wait.multipliedBy(2), longestWait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        } catch (RuntimeException e) {
            if (!closed) {
                Log.line(LogLevel.ERR, "agent: a fault while joining, which ends here; restart this node", e);
            }
        }
    }

    /** What one round of joins came to; {@code error} is one of the problems. */
    private record Round(int tried, int joined, int unresolved, String error) {
        Round plus(Round other) {
            return new Round(
                    tried + other.tried,
                    joined + other.joined,
                    unresolved + other.unresolved,
                    other.error.isEmpty() ? error : other.error);
        }
    }

    /** Each seed on a thread of its own: a name whose lookup hangs must not hold up the others. */
    private Round round() throws InterruptedException {
        Set<Address> taken = ConcurrentHashMap.newKeySet();
        var parts = new ArrayList<Future<Round>>();
        try (var perSeed = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String seed : seeds) {
                parts.add(perSeed.submit(() -> round(seed, taken)));
            }
            var whole = new Round(0, 0, 0, "");
            for (Future<Round> part : parts) {
                whole = whole.plus(part.get());
            }
            return whole;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a seed cannot be tried: " + e.getCause(), e);
        }
    }

    /** {@code taken}: what other seeds of this round led to already. */
    private Round round(String seed, Set<Address> taken) throws InterruptedException {
        int unresolved = 0;
        String error = "";
        Resolver.Answer kept = resolved.get(seed);
        Resolver.Answer answer = kept == null ? resolver.resolve(seed) : kept;
        if (resolveOnce && answer.problem().isEmpty()) {
            resolved.put(seed, answer);
        }
        if (answer.problem().isEmpty()) {
            loggedProblems.remove(seed);
        } else {
            unresolved++;
            error = answer.problem();
            // Once as a warning, then quietly: a name that appears later is a normal way to start.
            LogLevel level = loggedProblems.add(seed) ? LogLevel.WARN : LogLevel.DEBUG;
            Log.line(level, "agent: seed " + seed + ": " + answer.problem() + "; will be looked up again");
        }
        if (answer.addresses().stream().anyMatch(this::isOurs) && saidOurs.add(seed)) {
            // Normal on the seed itself; on another node of the same machine the only trace of a forgotten port.
            Log.line(
                    LogLevel.INFO,
                    "agent: seed " + seed + " is this node itself; if another was meant, write HOST:PORT"
                            + " (without a port it is the port of our own -bind)");
        }
        List<Member> members = node.members();
        var targets = new LinkedHashSet<>(answer.addresses());
        targets.removeIf(target -> isOurs(target) || isAlive(target, members) || !taken.add(target));

        int joined = 0;
        var todo = new ArrayList<>(targets);
        for (int from = 0; from < todo.size(); from += JOINS_AT_ONCE) {
            var slice = new ArrayList<CompletableFuture<String>>();
            for (Address target : todo.subList(from, Math.min(todo.size(), from + JOINS_AT_ONCE))) {
                Log.line(LogLevel.DEBUG, "agent: joining " + target);
                slice.add(node.join(target, ignoreOldEvents));
            }
            for (CompletableFuture<String> join : slice) {
                String problem = join.exceptionally(Throwable::getMessage).join();
                if (problem.isEmpty()) {
                    joined++;
                } else {
                    error = problem;
                }
            }
        }
        return new Round(todo.size(), joined, unresolved, error);
    }

    private boolean isOurs(Address target) {
        if (target.samePlaceAs(node.advertised())) {
            return true;
        }
        if (target.port() != node.bound().getPort()) {
            return false;
        }
        InetAddress bound = node.bound().getAddress();
        if (!bound.isAnyLocalAddress()) {
            return target.ip().equals(Bytes.of(bound.getAddress()));
        }
        try {
            return Addresses.hostAddresses().stream()
                    .anyMatch(own -> target.ip().equals(Bytes.of(own.getAddress())));
        } catch (CannotStart e) {
            return false;
        }
    }

    private static boolean isAlive(Address target, List<Member> members) {
        return members.stream()
                .anyMatch(member -> member.status() == Member.Status.ALIVE
                        && member.address().samePlaceAs(target));
    }

    /** Half of the wait to the whole of it, at random: nodes that lost the same seed do not come back in step. */
    private void sleep(Duration wait) throws InterruptedException {
        long whole = wait.toMillis();
        long jittered = whole / 2 + ThreadLocalRandom.current().nextLong(whole / 2 + 1);
        if (wake.tryAcquire(jittered, TimeUnit.MILLISECONDS)) {
            wake.drainPermits();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
