package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What real agents sent is read whole and written again byte for byte, whatever layers are around it. */
class RecordedPacketsTest {
    @Test
    void there_are_enough_of_them_and_of_every_kind() {
        assertThat(Recorded.datagrams()).hasSizeGreaterThan(100);
        assertThat(Recorded.streams()).hasSizeGreaterThan(15);
        assertThat(Recorded.ALL.stream().flatMap(recorded -> recorded.messageNames().stream()))
                .contains("Ping", "IndirectPing", "Ack", "Nack", "Suspect", "Alive", "Dead", "PushPull", "ErrorReply")
                .contains("Join", "Leave", "UserEvent", "Query", "QueryResponse", "Relay");
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#datagrams")
    void a_datagram_is_read_and_written_byte_for_byte(Recorded recorded) {
        Packet packet = ok(Packet.decode(recorded.bytes(), recorded.keys()));
        assertThat(packet.badParts()).isEmpty();
        assertThat(packet.messages().stream().map(RecordedPacketsTest::name)).isEqualTo(recorded.messageNames());
        List<Bytes> messages =
                packet.messages().stream().map(RecordedPacketsTest::written).toList();
        assertThat(Packet.encode(
                        messages, recorded.compressed(), recorded.checked(), recorded.keys(), recorded.itsNonce()))
                .isEqualTo(recorded.bytes());
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#streams")
    void a_stream_is_read_and_written_byte_for_byte(Recorded recorded) {
        Message message = complete(new StreamReader(recorded.keys()).add(recorded.bytes()));
        assertThat(List.of(name(message))).isEqualTo(recorded.messageNames());
        assertThat(StreamCodec.encode(message, recorded.compressed(), recorded.keys(), recorded.itsNonce()))
                .isEqualTo(recorded.bytes());
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#streams")
    void a_stream_is_read_the_same_in_single_bytes(Recorded recorded) {
        var reader = new StreamReader(recorded.keys());
        for (int i = 0; i < recorded.bytes().size() - 1; i++) {
            assertThat(reader.add(Bytes.of(new byte[] {(byte) recorded.bytes().at(i)})))
                    .isEqualTo(new StreamReader.Progress.NeedMore());
        }
        Bytes last =
                Bytes.of(new byte[] {(byte) recorded.bytes().at(recorded.bytes().size() - 1)});
        assertThat(complete(reader.add(last)))
                .isEqualTo(complete(new StreamReader(recorded.keys()).add(recorded.bytes())));
    }

    @ParameterizedTest
    @MethodSource("muster.gossip.wire.Recorded#streams")
    void the_state_and_tags_of_a_push_pull_survive_our_own_writing(Recorded recorded) {
        Message message = complete(new StreamReader(recorded.keys()).add(recorded.bytes()));
        if (!(message
                instanceof
                Message.PushPull(
                        boolean join,
                        List<Message.NodeState> nodes,
                        Bytes userState,
                        List<Rejection> badRows))) {
            return;
        }
        SerfMessage state = ok(SerfCodec.decode(userState));
        assertThat(state).isInstanceOf(SerfMessage.State.class);
        assertThat(ok(SerfCodec.decode(SerfCodec.encode(state)))).isEqualTo(state);
        for (Message.NodeState node : nodes) {
            SortedMap<String, String> tags = ok(Tags.decode(node.meta()));
            assertThat(ok(Tags.decode(Tags.encode(tags)))).isEqualTo(tags);
            assertThat(Tags.encode(tags).size()).isEqualTo(node.meta().size());
        }
    }

    @ParameterizedTest
    @FieldSource("muster.gossip.wire.Recorded#ALL")
    void nothing_is_read_with_the_wrong_key(Recorded recorded) {
        var other = new Keyring(List.of(Bytes.of(new byte[32])));
        if (recorded.stream()) {
            assertThat(new StreamReader(other).add(recorded.bytes()))
                    .isInstanceOf(StreamReader.Progress.Rejected.class);
        } else {
            assertThat(Packet.decode(recorded.bytes(), other)).isInstanceOf(Decoded.Rejected.class);
        }
    }

    private static String name(Message message) {
        return message instanceof Message.User(Bytes payload)
                ? ok(SerfCodec.decode(payload)).getClass().getSimpleName()
                : message.getClass().getSimpleName();
    }

    /** Through our own values and back, Serf's messages and coordinates included. */
    private static Bytes written(Message message) {
        return MessageCodec.encode(
                switch (message) {
                    case Message.User(Bytes payload) ->
                        new Message.User(SerfCodec.encode(ok(SerfCodec.decode(payload))));
                    case Message.Ack(long sequence, Bytes payload)
                    when !payload.isEmpty() ->
                        new Message.Ack(sequence, CoordinateCodec.encode(ok(CoordinateCodec.decode(payload))));
                    default -> message;
                });
    }

    static <T> T ok(Decoded<T> decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Ok.class);
        return ((Decoded.Ok<T>) decoded).value();
    }

    static Message complete(StreamReader.Progress progress) {
        assertThat(progress).isInstanceOf(StreamReader.Progress.Complete.class);
        return ((StreamReader.Progress.Complete) progress).message();
    }
}
