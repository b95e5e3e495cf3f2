package muster.gossip;

import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static org.assertj.core.api.Assertions.assertThat;

import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksumTest {
    /** The outermost type byte of a datagram with a checksum. */
    private static final int CHECKSUM_TYPE = 12;

    @ParameterizedTest(name = "a member that speaks up to protocol {0}: checksum {1}")
    @CsvSource({"4, false", "5, true"})
    void only_a_member_that_reads_checksums_gets_them(int protocolMax, boolean checksum) {
        var me = new Subject();
        Message.Alive known = alive(2, 1);
        Bytes versions = Bytes.hex("01%02x02020505".formatted(protocolMax));
        me.hears(new Message.Alive(
                known.incarnation(), known.node(), known.address(), known.port(), known.meta(), versions));
        me.effects.clear();

        me.hears(alive(3, 1)).passes(ofSeconds(3));
        // Memberlist's rule: with the rounds of gossip, where it knows whom it writes to; not with pings and acks.
        var rounds = me.datagrams()
                .filter(datagram -> datagram.to().equals(address(2)))
                .filter(datagram -> Subject.messages(datagram).allMatch(Message.Alive.class::isInstance))
                .toList();
        assertThat(rounds)
                .isNotEmpty()
                .allSatisfy(datagram ->
                        assertThat(datagram.payload().at(0) == CHECKSUM_TYPE).isEqualTo(checksum));
    }
}
