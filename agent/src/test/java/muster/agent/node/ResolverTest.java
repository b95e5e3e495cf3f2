package muster.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muster.gossip.Address;
import org.junit.jupiter.api.Test;

class ResolverTest {
    private static InetAddress[] addresses(String... literals) {
        var addresses = new InetAddress[literals.length];
        for (int i = 0; i < literals.length; i++) {
            addresses[i] = InetAddress.ofLiteral(literals[i]);
        }
        return addresses;
    }

    @Test
    void every_address_of_a_name_is_a_seed() throws Exception {
        var resolver = new Resolver(7946, _ -> addresses("10.0.0.1", "10.0.0.2", "10.0.0.3"));
        assertThat(resolver.resolve("seeds.example").addresses())
                .extracting(Address::toString)
                .containsExactly("10.0.0.1:7946", "10.0.0.2:7946", "10.0.0.3:7946");
        assertThat(resolver.resolve("seeds.example:1234").addresses())
                .extracting(Address::port)
                .containsOnly(1234);
    }

    @Test
    void a_node_name_in_front_is_not_part_of_the_host() throws Exception {
        var resolver = new Resolver(7946, host -> {
            assertThat(host).isEqualTo("a.example");
            return addresses("10.0.0.1");
        });
        assertThat(resolver.resolve("a/a.example:7000").addresses())
                .extracting(Address::toString)
                .containsExactly("10.0.0.1:7000");
    }

    @Test
    void more_names_than_are_looked_up_at_once_wait_for_their_turn() throws Exception {
        var eight = new CyclicBarrier(8);
        var resolver = new Resolver(7946, host -> {
            try {
                eight.await();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return addresses("10.0.0." + host.charAt(1));
        });
        var answers = new ArrayList<Future<Resolver.Answer>>();
        try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                String name = "s" + i % 8 + ".example";
                answers.add(each.submit(() -> resolver.resolve(name)));
            }
        }
        for (Future<Resolver.Answer> answer : answers) {
            assertThat(answer.get()).extracting(Resolver.Answer::problem).isEqualTo("");
            assertThat(answer.get().addresses()).hasSize(1);
        }
    }

    @Test
    void a_name_that_leads_nowhere_is_told_in_words() throws Exception {
        var resolver = new Resolver(7946, host -> {
            throw new UnknownHostException(host);
        });
        assertThat(resolver.resolve("nobody.example").addresses()).isEmpty();
        assertThat(resolver.resolve("nobody.example").problem()).isEqualTo("lookup nobody.example: no such host");
        assertThat(resolver.resolve("[::1").problem()).isNotEmpty();
    }
}
