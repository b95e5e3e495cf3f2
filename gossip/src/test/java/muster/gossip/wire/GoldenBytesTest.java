package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Bytes seen on the wire between real Serf agents, written out by hand with what they mean. */
class GoldenBytesTest {
    private static final String PING = "0085a44e6f6465a3707931a55365714e6f05aa536f7572636541646472a47f000001"
            + "aa536f757263654e6f6465a26e31aa536f75726365506f7274cd4615";
    private static final String ALIVE = "0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461aa"
            + "ff81a4726f6c65a27079a44e6f6465a3707931a4506f7274cd4628a356736ea6010502020505";
    private static final String TCP_ACK = "0982a4416c676f00a3427566b70005083a05254c1e366fc29001566a4a99384ede0c0808";
    private static final Bytes LOOPBACK = Bytes.hex("7f000001");

    @Test
    void a_ping_is_read_and_written_as_serf_does() {
        var ping = new Message.Ping(5, "py1", LOOPBACK, 0x4615, "n1");
        assertThat(MessageCodec.decode(Bytes.hex(PING))).isEqualTo(new Decoded.Ok<Message>(ping));
        assertThat(MessageCodec.encode(ping).hex()).isEqualTo(PING);
    }

    @Test
    void an_alive_is_read_and_written_as_serf_does() {
        var meta = Bytes.hex("ff81a4726f6c65a27079");
        var alive = new Message.Alive(1, "py1", LOOPBACK, 0x4628, meta, Bytes.hex("010502020505"));
        assertThat(MessageCodec.decode(Bytes.hex(ALIVE))).isEqualTo(new Decoded.Ok<Message>(alive));
        assertThat(MessageCodec.encode(alive).hex()).isEqualTo(ALIVE);
    }

    @Test
    void tags_are_a_map_behind_255() {
        SortedMap<String, String> tags = new TreeMap<>();
        assertThat(Tags.encode(tags).hex()).isEqualTo("ff80");
        tags.put("role", "py");
        assertThat(Tags.encode(tags).hex()).isEqualTo("ff81a4726f6c65a27079");
        assertThat(Tags.decode(Bytes.hex("ff81a4726f6c65a27079"))).isEqualTo(new Decoded.Ok<>(tags));
    }

    @Test
    void meta_without_255_in_front_is_the_role() {
        assertThat(Tags.decode(Bytes.utf8("web")))
                .isEqualTo(new Decoded.Ok<>(new TreeMap<>(java.util.Map.of("role", "web"))));
    }

    @Test
    void a_compressed_ack_on_a_stream_is_read_and_written_bit_for_bit() {
        var ack = new Message.Ack(3, Bytes.EMPTY);
        assertThat(new StreamReader(Keyring.PLAIN).add(Bytes.hex(TCP_ACK)))
                .isEqualTo(new StreamReader.Progress.Complete(ack));
        assertThat(StreamCodec.encode(ack, true, Keyring.PLAIN, new Random(1)).hex())
                .isEqualTo(TCP_ACK);
    }

    @Test
    void struct_fields_may_come_as_an_array() {
        assertThat(MessageCodec.decode(Bytes.hex("009205a3707931")))
                .isEqualTo(new Decoded.Ok<Message>(new Message.Ping(5, "py1", Bytes.EMPTY, 0, "")));
    }

    @Test
    void the_reply_to_the_rpc_command_members_uses_bin_for_bytes_and_str8_for_long_strings() {
        var rpc = new MsgPackWriter(MsgPackWriter.Mode.RPC);
        rpc.map(2).text("Error").text("").text("Seq").unsigned(8);
        rpc.map(1)
                .text("Members")
                .array(1)
                .map(11)
                .text("Addr")
                .bytes(LOOPBACK)
                .text("DelegateCur")
                .unsigned(5);
        assertThat(rpc.toBytes().hex())
                .isEqualTo("82a54572726f72a0a353657108" + "81a74d656d62657273" + "91" + "8b" + "a441646472"
                        + "c4047f000001" + "ab44656c656761746543757205");
        assertThat(new MsgPackWriter(MsgPackWriter.Mode.RPC)
                        .text("x".repeat(32))
                        .toBytes()
                        .hex())
                .startsWith("d920");
    }

    @Test
    void two_messages_make_a_compound() {
        Bytes nack = MessageCodec.encode(new Message.Nack(1));
        Bytes packet = Packet.encode(List.of(nack, nack), false, true, Keyring.PLAIN, new Random(1));
        assertThat(packet.hex()).startsWith("0c").contains("0702" + "0009" + "0009" + nack.hex() + nack.hex());
        assertThat(packet.size())
                .isEqualTo(Packet.CRC_OVERHEAD + Packet.COMPOUND_OVERHEAD + 2 * (Packet.PART_OVERHEAD + nack.size()));
    }
}
