package muster.agent.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.Address;
import muster.gossip.Member;

/**
 * After a restart: joins the members that were known before, every one of them that no answer has brought back yet, and
 * all over again as long as this node is alone. A thread of its own.
 */
public final class Rejoin implements AutoCloseable {
    private static final int JOINS_AT_ONCE = 4; // the first answer brings nearly everybody
    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Node node;
    private final Resolver resolver;
    private final List<Previous> previous;
    private final Thread thread;

    /** A member as it was known. */
    public record Previous(String name, String address) {}

    private Rejoin(Node node, Resolver resolver, List<Previous> previous) {
        this.node = node;
        this.resolver = resolver;
        this.previous = new ArrayList<>(previous);
        this.thread = Thread.ofPlatform().name("rejoin").daemon().unstarted(this::run);
    }

    /** {@code previous}: those in which there is more hope come first. */
    public static Rejoin start(Node node, Resolver resolver, List<Previous> previous) {
        var rejoin = new Rejoin(node, resolver, previous);
        rejoin.thread.start();
        return rejoin;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            Duration wait = FIRST_WAIT;
            while (!round() && node.isAlone()) {
                Log.line(LogLevel.WARN, "serf: Failed to re-join any previously known node");
                long whole = wait.toMillis();
                Thread.sleep(whole / 2 + ThreadLocalRandom.current().nextLong(whole / 2 + 1));
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    /** Whether anybody answered, or nobody was left to ask. */
    private boolean round() throws InterruptedException {
        boolean joined = false;
        boolean asked = false;
        for (int from = 0; from < previous.size(); from += JOINS_AT_ONCE) {
            var joins = new ArrayList<CompletableFuture<String>>();
            var asking = new ArrayList<Previous>();
            for (Previous each : previous.subList(from, Math.min(previous.size(), from + JOINS_AT_ONCE))) {
                for (Address address : missing(each)) {
                    Log.line(
                            LogLevel.INFO,
                            "serf: Attempting re-join to previously known node: " + each.name() + ": "
                                    + each.address());
                    joins.add(node.join(address, false));
                    asking.add(each);
                }
            }
            for (int i = 0; i < joins.size(); i++) {
                asked = true;
                if (joins.get(i).exceptionally(Throwable::getMessage).join().isEmpty()) {
                    joined = true;
                    Log.line(
                            LogLevel.INFO,
                            "serf: Re-joined to previously known node: "
                                    + asking.get(i).name() + ": "
                                    + asking.get(i).address());
                }
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return joined || !asked;
    }

    /** Where it was, unless it is with us again or is ourselves. */
    private List<Address> missing(Previous each) throws InterruptedException {
        if (each.name().equals(node.self().name())) {
            return List.of();
        }
        var addresses = new ArrayList<>(resolver.resolve(each.address()).addresses());
        List<Member> members = node.members();
        addresses.removeIf(address -> members.stream()
                .anyMatch(member -> member.status() == Member.Status.ALIVE
                        && member.address().samePlaceAs(address)));
        return addresses;
    }
}
