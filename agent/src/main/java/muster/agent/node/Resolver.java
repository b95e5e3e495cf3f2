package muster.agent.node;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.agent.configuration.Endpoint;
import muster.gossip.Address;

/**
 * From what an operator writes for another node ({@code [NAME/]HOST[:PORT]}) to addresses, all that the name has. Asks
 * anew each time. The system's resolver can hang for half a minute, so it runs on a thread of its own and is waited for
 * only so long.
 */
public final class Resolver {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LOOKUPS_MAX = 8; // hanging ones included

    /**
     * For the whole program, before its first lookup, by whomever: the JDK reads these once. It would keep an address for 30 s and the lack of one
     * for 10 s: too long for a seed or a log's receiver that has just started, or started anew elsewhere.
     */
    public static void keepNamesBriefly() {
        Security.setProperty("networkaddress.cache.ttl", "1");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
    }

    private final Semaphore lookups = new Semaphore(LOOKUPS_MAX, true); // who waited longest is next
    private final int defaultPort;
    private final Lookup lookup;

    public Resolver(int defaultPort) {
        this(defaultPort, InetAddress::getAllByName);
    }

    Resolver(int defaultPort, Lookup lookup) {
        this.defaultPort = defaultPort;
        this.lookup = lookup;
    }

    /** Asks the system; may take as long as it likes. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] all(String host) throws UnknownHostException;
    }

    private Address placeOf(InetAddress host, Endpoint endpoint) {
        return Addresses.of(new InetSocketAddress(host, endpoint.portOr(defaultPort)));
    }

    /** What a name led to: addresses, or the reason why there are none. */
    public record Answer(List<Address> addresses, String problem) {}

    public Answer resolve(String written) throws InterruptedException {
        Endpoint endpoint;
        try {
            endpoint = Endpoint.ofSeed(written);
        } catch (IllegalArgumentException e) {
            return new Answer(List.of(), String.valueOf(e.getMessage()));
        }
        try {
            // Without a thread and a permit: lookups that hang must not keep us from a seed that needs none.
            return new Answer(List.of(placeOf(InetAddress.ofLiteral(endpoint.host()), endpoint)), "");
        } catch (IllegalArgumentException e) {
            // a name
        }
        // All seeds of a round come at once: only who waits this long waits for lookups that hang.
        if (!lookups.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            return new Answer(List.of(), "too many name lookups hang; is the DNS server there?");
        }
        var found = new CompletableFuture<InetAddress[]>();
        Thread.ofPlatform().daemon().name("resolve").start(() -> {
            try {
                found.complete(lookup.all(endpoint.host()));
            } catch (UnknownHostException | RuntimeException e) {
                found.completeExceptionally(e);
            } finally {
                lookups.release();
            }
        });
        try {
            var addresses = new ArrayList<Address>();
            for (InetAddress each : found.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                addresses.add(placeOf(each, endpoint));
            }
            return new Answer(addresses, "");
        } catch (ExecutionException e) {
            return new Answer(List.of(), "lookup " + endpoint.host() + ": no such host");
        } catch (TimeoutException e) {
            return new Answer(List.of(), "lookup " + endpoint.host() + ": i/o timeout");
        }
    }
}
