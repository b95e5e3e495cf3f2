package muster.gossip.wire;

import static muster.gossip.wire.MessageType.ACK;
import static muster.gossip.wire.MessageType.ALIVE;
import static muster.gossip.wire.MessageType.DEAD;
import static muster.gossip.wire.MessageType.ERROR;
import static muster.gossip.wire.MessageType.INDIRECT_PING;
import static muster.gossip.wire.MessageType.NACK;
import static muster.gossip.wire.MessageType.PING;
import static muster.gossip.wire.MessageType.PUSH_PULL;
import static muster.gossip.wire.MessageType.SUSPECT;
import static muster.gossip.wire.MessageType.USER;

import java.util.Arrays;

/** One memberlist message to and from its bytes, type byte first, as a datagram carries it. */
public final class MessageCodec {
    /** What an ack may carry; Serf's coordinate takes 92 bytes. */
    static final int ACK_PAYLOAD_BYTES_MAX = 1_400;

    /** What a peer may tell us about its trouble. */
    static final int ERROR_BYTES_MAX = 4_096;

    static final int VERSIONS_BYTES = 6;

    private static final Struct PING_FIELDS = Struct.of("SeqNo", "Node", "SourceAddr", "SourcePort", "SourceNode");
    private static final Struct INDIRECT_PING_FIELDS =
            Struct.of("SeqNo", "Target", "Port", "Node", "Nack", "SourceAddr", "SourcePort", "SourceNode");
    private static final Struct ACK_FIELDS = Struct.of("SeqNo", "Payload");
    private static final Struct NACK_FIELDS = Struct.of("SeqNo");
    private static final Struct ACCUSATION_FIELDS = Struct.of("Incarnation", "Node", "From");
    private static final Struct ALIVE_FIELDS = Struct.of("Incarnation", "Node", "Addr", "Port", "Meta", "Vsn");
    private static final Struct ERROR_FIELDS = Struct.of("Error");

    private MessageCodec() {}

    /**
     * The message with its type byte; {@link Message.User} is 8 and then the payload. Throws
     * {@link IllegalArgumentException} for what would crash or confuse a peer: versions that are not 6 bytes, an empty
     * user message, too much meta.
     */
    public static Bytes encode(Message message) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        switch (message) {
            case Message.Ping ping -> write(out, ping);
            case Message.IndirectPing ping -> write(out, ping);
            case Message.Ack(long sequence, Bytes payload) ->
                out.rawByte(ACK)
                        .map(2)
                        .text("Payload")
                        .bytesOrNil(payload)
                        .text("SeqNo")
                        .unsigned(sequence);
            case Message.Nack(long sequence) ->
                out.rawByte(NACK).map(1).text("SeqNo").unsigned(sequence);
            case Message.Suspect(long incarnation, String node, String from) ->
                writeAccusation(out, SUSPECT, incarnation, node, from);
            case Message.Dead(long incarnation, String node, String from) ->
                writeAccusation(out, DEAD, incarnation, node, from);
            case Message.Alive alive -> write(out, alive);
            case Message.User(Bytes payload) -> {
                requireContent(payload);
                out.rawByte(USER).rawBytes(payload);
            }
            case Message.PushPull state -> {
                out.rawByte(PUSH_PULL);
                PushPullCodec.write(out, state);
            }
            case Message.ErrorReply(String error) ->
                out.rawByte(ERROR).map(1).text("Error").text(error);
        }
        return out.toBytes();
    }

    /** Reads one whole message; bytes behind it are ignored, as memberlist does. */
    public static Decoded<Message> decode(Bytes bytes) {
        return decode(bytes.array(), 0, bytes.size());
    }

    static Decoded<Message> decode(byte[] array, int from, int to) {
        if (from == to) {
            return new Decoded.Rejected<>(Rejection.EMPTY, 0);
        }
        int type = array[from] & 0xff;
        if (type == USER) {
            return to - from == 1
                    ? new Decoded.Rejected<>(Rejection.EMPTY_USER_MESSAGE, 1)
                    : new Decoded.Ok<>(new Message.User(Bytes.of(Arrays.copyOfRange(array, from + 1, to))));
        }
        if (type == PUSH_PULL) {
            return PushPullCodec.read(array, from + 1, to);
        }
        var reader = new MsgPackReader(array, from + 1, to);
        return reader.outcome(read(type, reader));
    }

    /** Reads the body of a message that is one MessagePack value; the reader holds the fault. */
    static Message read(int type, MsgPackReader in) {
        return switch (type) {
            case PING -> readPing(in);
            case INDIRECT_PING -> readIndirectPing(in);
            case ACK -> readAck(in);
            case NACK -> readNack(in);
            case SUSPECT, DEAD -> readAccusation(type, in);
            case ALIVE -> readAlive(in);
            case ERROR -> readError(in);
            default -> {
                in.reject(MessageType.refused(type));
                yield new Message.Nack(0);
            }
        };
    }

    private static void write(MsgPackWriter out, Message.Ping ping) {
        out.rawByte(PING).map(2 + sources(ping.sourceAddress(), ping.sourcePort(), ping.sourceNode()));
        out.text("Node").text(ping.node());
        out.text("SeqNo").unsigned(ping.sequence());
        writeSource(out, ping.sourceAddress(), ping.sourcePort(), ping.sourceNode());
    }

    private static void write(MsgPackWriter out, Message.IndirectPing ping) {
        out.rawByte(INDIRECT_PING).map(5 + sources(ping.sourceAddress(), ping.sourcePort(), ping.sourceNode()));
        out.text("Nack").bool(ping.nack());
        out.text("Node").text(ping.node());
        out.text("Port").unsigned(ping.port());
        out.text("SeqNo").unsigned(ping.sequence());
        writeSource(out, ping.sourceAddress(), ping.sourcePort(), ping.sourceNode());
        out.text("Target").bytes(ping.target());
    }

    /** Memberlist leaves each part of the source out where it is empty. */
    private static int sources(Bytes address, int port, String node) {
        return (address.isEmpty() ? 0 : 1) + (port == 0 ? 0 : 1) + (node.isEmpty() ? 0 : 1);
    }

    private static void writeSource(MsgPackWriter out, Bytes address, int port, String node) {
        if (!address.isEmpty()) {
            out.text("SourceAddr").bytes(address);
        }
        if (!node.isEmpty()) {
            out.text("SourceNode").text(node);
        }
        if (port != 0) {
            out.text("SourcePort").unsigned(port);
        }
    }

    private static void writeAccusation(MsgPackWriter out, int type, long incarnation, String node, String from) {
        out.rawByte(type).map(3);
        out.text("From").text(from);
        out.text("Incarnation").unsigned(incarnation);
        out.text("Node").text(node);
    }

    private static void write(MsgPackWriter out, Message.Alive alive) {
        requireSound(alive.meta(), alive.versions());
        out.rawByte(ALIVE).map(6);
        out.text("Addr").bytes(alive.address());
        out.text("Incarnation").unsigned(alive.incarnation());
        out.text("Meta").bytesOrNil(alive.meta());
        out.text("Node").text(alive.node());
        out.text("Port").unsigned(alive.port());
        out.text("Vsn").bytes(alive.versions());
    }

    static void requireSound(Bytes meta, Bytes versions) {
        if (versions.size() != VERSIONS_BYTES) {
            throw new IllegalArgumentException("versions of " + versions.size() + " bytes crash a peer: send "
                    + VERSIONS_BYTES + ", pmin pmax pcur dmin dmax dcur");
        }
        if (meta.size() > Message.META_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "meta of " + meta.size() + " bytes: peers take at most " + Message.META_BYTES_MAX);
        }
    }

    static void requireContent(Bytes payload) {
        if (payload.isEmpty()) {
            throw new IllegalArgumentException("an empty user message crashes a peer: send none");
        }
    }

    private static Message readPing(MsgPackReader in) {
        long sequence = 0;
        String node = "";
        Bytes sourceAddress = Bytes.EMPTY;
        int sourcePort = 0;
        String sourceNode = "";
        var fields = PING_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "SeqNo" -> sequence = in.unsigned32();
                case "Node" -> node = readName(in);
                case "SourceAddr" -> sourceAddress = readAddress(in);
                case "SourcePort" -> sourcePort = readPort(in);
                case "SourceNode" -> sourceNode = readName(in);
                default -> in.skip();
            }
        }
        return new Message.Ping(sequence, node, sourceAddress, sourcePort, sourceNode);
    }

    private static Message readIndirectPing(MsgPackReader in) {
        long sequence = 0;
        Bytes target = Bytes.EMPTY;
        int port = 0;
        String node = "";
        boolean nack = false;
        Bytes sourceAddress = Bytes.EMPTY;
        int sourcePort = 0;
        String sourceNode = "";
        var fields = INDIRECT_PING_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "SeqNo" -> sequence = in.unsigned32();
                case "Target" -> target = readAddress(in);
                case "Port" -> port = readPort(in);
                case "Node" -> node = readName(in);
                case "Nack" -> nack = in.bool();
                case "SourceAddr" -> sourceAddress = readAddress(in);
                case "SourcePort" -> sourcePort = readPort(in);
                case "SourceNode" -> sourceNode = readName(in);
                default -> in.skip();
            }
        }
        requireAddress(in, target);
        return new Message.IndirectPing(sequence, target, port, node, nack, sourceAddress, sourcePort, sourceNode);
    }

    private static Message readAck(MsgPackReader in) {
        long sequence = 0;
        Bytes payload = Bytes.EMPTY;
        var fields = ACK_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "SeqNo" -> sequence = in.unsigned32();
                case "Payload" -> payload = in.bytes(ACK_PAYLOAD_BYTES_MAX, Rejection.TOO_LARGE);
                default -> in.skip();
            }
        }
        return new Message.Ack(sequence, payload);
    }

    private static Message readNack(MsgPackReader in) {
        long sequence = 0;
        var fields = NACK_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "SeqNo" -> sequence = in.unsigned32();
                default -> in.skip();
            }
        }
        return new Message.Nack(sequence);
    }

    private static Message readAccusation(int type, MsgPackReader in) {
        long incarnation = 0;
        String node = "";
        String from = "";
        var fields = ACCUSATION_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Incarnation" -> incarnation = in.unsigned32();
                case "Node" -> node = readName(in);
                case "From" -> from = readName(in);
                default -> in.skip();
            }
        }
        return type == SUSPECT
                ? new Message.Suspect(incarnation, node, from)
                : new Message.Dead(incarnation, node, from);
    }

    private static Message readAlive(MsgPackReader in) {
        long incarnation = 0;
        String node = "";
        Bytes address = Bytes.EMPTY;
        int port = 0;
        Bytes meta = Bytes.EMPTY;
        Bytes versions = Bytes.EMPTY;
        var fields = ALIVE_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Incarnation" -> incarnation = in.unsigned32();
                case "Node" -> node = readName(in);
                case "Addr" -> address = readAddress(in);
                case "Port" -> port = readPort(in);
                case "Meta" -> meta = readMeta(in);
                case "Vsn" -> versions = readVersions(in);
                default -> in.skip();
            }
        }
        requireMember(in, node, address, versions);
        return new Message.Alive(incarnation, node, address, port, meta, versions);
    }

    private static Message readError(MsgPackReader in) {
        String error = "";
        var fields = ERROR_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Error" -> error = in.looseText(ERROR_BYTES_MAX);
                default -> in.skip();
            }
        }
        return new Message.ErrorReply(error);
    }

    static String readName(MsgPackReader in) {
        return in.text(Message.NAME_BYTES_MAX, Rejection.NAME_TOO_LONG);
    }

    static int readPort(MsgPackReader in) {
        return (int) in.unsigned(0xffff);
    }

    static Bytes readMeta(MsgPackReader in) {
        return in.bytes(Message.META_BYTES_MAX, Rejection.META_TOO_LONG);
    }

    static Bytes readVersions(MsgPackReader in) {
        Bytes versions = in.bytes(VERSIONS_BYTES, Rejection.BAD_VERSIONS);
        if (versions.size() != VERSIONS_BYTES) {
            in.reject(Rejection.BAD_VERSIONS);
        }
        return versions;
    }

    /** 4 or 16 bytes as they are; none where the field may be left out. */
    static Bytes readAddress(MsgPackReader in) {
        Bytes address = in.bytes(16, Rejection.BAD_ADDRESS);
        if (address.size() != 16 && address.size() != 4 && !address.isEmpty()) {
            in.reject(Rejection.BAD_ADDRESS);
        }
        return address;
    }

    static void requireAddress(MsgPackReader in, Bytes address) {
        if (address.isEmpty()) {
            in.reject(Rejection.BAD_ADDRESS);
        }
    }

    /** What a member cannot be without, whether it comes alone or as a row of a push/pull. */
    static void requireMember(MsgPackReader in, String name, Bytes address, Bytes versions) {
        if (name.isEmpty()) {
            in.reject(Rejection.NAME_EMPTY);
        }
        requireAddress(in, address);
        if (versions.size() != VERSIONS_BYTES) {
            in.reject(Rejection.BAD_VERSIONS);
        }
    }
}
