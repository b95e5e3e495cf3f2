package muster.agent.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.io.ByteArrayOutputStream;
import java.util.List;
import muster.agent.configuration.Names;
import muster.agent.discovery.DnsMessage.Instance;
import muster.agent.discovery.DnsMessage.Place;
import muster.agent.discovery.DnsMessage.Port;
import muster.gossip.Address;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsMessageTest {
    /** What an agent of Debian's serf called s1, with -discover=c, said to a question from a port of its own. */
    private static final Bytes OF_SERF = Bytes.hex("000084000000000400000000"
            + "075f736572665f63045f746370056c6f63616c00000c0001000000780005027331c00c"
            + "c02a0021000100000078000a000a00011f0a02766d00"
            + "c041000100010000007800040a090001"
            + "c02a0010000100000078001110536572662027632720636c7573746572");

    private static final Address OURS = new Address(Bytes.of(new byte[] {10, 0, 0, 1}), 7946);

    private static DnsMessage decoded(byte[] packet) {
        return DnsMessage.decode(packet, packet.length);
    }

    private static Heard heard(DnsMessage message) {
        var heard = new Heard(DnsName.of("_serf_c._tcp.local"));
        assertThat(heard.take(message)).isTrue();
        return heard;
    }

    @Test
    void what_serf_answers_is_understood() {
        DnsMessage message = decoded(OF_SERF.array());
        var instance = DnsName.of("s1._serf_c._tcp.local");
        assertThat(message.entries())
                .containsExactly(
                        new Instance(DnsName.of("_serf_c._tcp.local"), instance),
                        new Port(instance, 7946, DnsName.of("vm")),
                        new Place(DnsName.of("vm"), Bytes.hex("0a090001")));
        assertThat(heard(message).found()).containsExactly(new Address(Bytes.hex("0a090001"), 7946));
    }

    @Test
    void what_we_answer_is_found_by_what_we_ask_and_other_clusters_are_not() {
        for (String name : List.of("m1", "a.b c", "ünï", "x".repeat(128), "ü".repeat(60))) {
            var member = new Announced("c", name, OURS);
            byte[] question = member.question().encode(0);
            DnsMessage answer = member.answer(decoded(question), true);
            assertThat(heard(decoded(answer.encode(10))).found()).containsExactly(OURS);
            assertThat(new Announced("other", name, OURS).answer(decoded(question), true))
                    .isNull();
            assertThat(member.answer(decoded(answer.encode(10)), true))
                    .as("an answer is no question")
                    .isNull();
        }
    }

    @Test
    void two_long_names_that_begin_alike_are_two_members() {
        var one = new Announced("c", "x".repeat(100) + "1", OURS);
        var two = new Announced("c", "x".repeat(100) + "2", new Address(OURS.ip(), 7947));
        Heard heard = heard(one.answer(one.question(), false));
        heard.take(two.answer(two.question(), false));
        assertThat(heard.found()).hasSize(2);
    }

    @Test
    void names_are_the_same_whatever_the_case_of_their_letters() {
        assertThat(DnsName.of("_Serf_C._TCP.local")).isEqualTo(DnsName.of("_serf_c._tcp.LOCAL"));
        assertThat(DnsName.of("Ã")).isNotEqualTo(DnsName.of("ã"));
    }

    @Test
    void who_is_elsewhere_gets_its_number_and_its_question_back() {
        var member = new Announced("c", "m1", OURS);
        var query = new DnsMessage(77, false, member.question().questions(), List.of());
        assertThat(member.answer(query, true).id()).isEqualTo(77);
        assertThat(member.answer(query, true).questions()).isEqualTo(query.questions());
        assertThat(member.answer(query, false).id()).isZero();
        assertThat(member.answer(query, false).questions()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", "x.", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    void a_cluster_that_cannot_be_a_name_is_refused(String name) {
        assertThatThrownBy(() -> Names.cluster(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be a name in the DNS");
        assertThatThrownBy(() -> Announced.service(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_is_allowed_as_a_cluster_can_be_announced_by_any_member() {
        String longest = ("x".repeat(40) + ".").repeat(3) + "x".repeat(5);
        Names.cluster(longest);
        assertThat(new Announced(longest, "n".repeat(128), OURS).question().encode(0))
                .isNotEmpty();
        assertThatThrownBy(() -> Names.cluster(longest + "x")).hasMessageContaining("128 bytes");
    }

    @Test
    void jumps_that_lead_in_circles_or_forward_are_refused() {
        String header = "000084000000000100000000";
        assertThat(decoded(Bytes.hex(header + "c00c000c0001000000780002c00c").array()))
                .as("to itself")
                .isNull();
        assertThat(decoded(Bytes.hex(header + "c00e" + "c00c" + "000c0001000000780002c00c")
                        .array()))
                .isNull();
        assertThat(decoded(
                        Bytes.hex(header + "0161c00c000c0001000000780002c00c").array()))
                .as("around")
                .isNull();
        assertThat(decoded(Bytes.hex(header + "c000000c0001000000780002c00c").array()))
                .as("the header")
                .isNull();
    }

    @Test
    void a_name_of_many_jumps_ends() {
        for (int jumps : List.of(100, 1_000)) {
            var out = new ByteArrayOutputStream();
            // A record of an unknown kind holds the names, each a letter longer than the one before it.
            out.writeBytes(Bytes.hex("000084000000000200000000" + "00" + "0063" + "0001" + "00000000")
                    .array());
            out.write(jumps * 4 >> 8);
            out.write(jumps * 4);
            int at = out.size();
            for (int i = 0; i < jumps; i++) {
                int target = at + (i - 1) * 4;
                out.writeBytes(
                        i == 0
                                ? new byte[] {1, 'b', 0, 0}
                                : new byte[] {1, 'b', (byte) (0xc0 | target >> 8), (byte) target});
            }
            int last = at + (jumps - 1) * 4;
            out.writeBytes(new byte[] {(byte) (0xc0 | last >> 8), (byte) last});
            out.writeBytes(Bytes.hex("0001" + "0001" + "00000001" + "0004" + "0a000001")
                    .array());
            DnsMessage message = decoded(out.toByteArray());
            if (jumps < DnsName.BYTES_MAX / 2) {
                assertThat(message.entries().getFirst().owner().labels()).hasSize(jumps);
            } else {
                assertThat(message).isNull();
            }
        }
    }

    @Test
    void every_part_and_every_flipped_bit_of_a_packet_is_understood_or_refused() {
        var ours = new Announced("c", "m1", OURS);
        for (byte[] packet : List.of(
                OF_SERF.array(),
                ours.question().encode(0),
                ours.answer(ours.question(), true).encode(10),
                ours.goodbye().encode(10))) {
            for (int length = 0; length < packet.length; length++) {
                assertThat(DnsMessage.decode(packet, length))
                        .as("the first %d bytes", length)
                        .isNull();
            }
            for (int bit = 0; bit < packet.length * 8; bit++) {
                byte[] flipped = packet.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                understoodOrRefused(flipped);
            }
        }
    }

    @Test
    void who_says_goodbye_is_not_found_any_more_and_shows_no_place_that_serf_would_join() {
        var member = new Announced("c", "m1", OURS);
        DnsMessage goodbye = decoded(member.goodbye().encode(120));
        assertThat(goodbye.gone())
                .containsExactly(new Instance(DnsName.of("_serf_c._tcp.local"), DnsName.of("m1._serf_c._tcp.local")));
        assertThat(goodbye.entries()).isEmpty();
        Heard heard = heard(member.answer(member.question(), false));
        assertThat(heard.found()).containsExactly(OURS);
        heard.take(new Announced("c", "m2", OURS).goodbye());
        assertThat(heard.found()).as("it was another").containsExactly(OURS);
        heard.take(goodbye);
        assertThat(heard.found()).isEmpty();
    }

    @Test
    void more_than_a_network_has_is_not_kept() {
        var heard = new Heard(DnsName.of("_serf_c._tcp.local"));
        DnsMessage message = decoded(OF_SERF.array());
        int taken = 0;
        while (heard.take(message)) {
            taken++;
        }
        assertThat(taken).isEqualTo(Heard.ENTRIES_MAX / message.entries().size());
    }

    @FuzzTest(maxDuration = "20s")
    void a_packet_is_understood_or_refused(byte @NotNull [] packet) {
        understoodOrRefused(packet);
    }

    private static void understoodOrRefused(byte[] packet) {
        DnsMessage message = decoded(packet);
        if (message != null) {
            assertThat(decoded(message.encode(10))).isEqualTo(message);
            heard(message).found();
            new Announced("c", "m1", OURS).answer(message, true);
        }
    }
}
