package muster.gossip.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;

/**
 * The body of a push/pull: a header, as many rows as it says, and the user state. Package-private: the parts are for
 * {@link StreamReader}, which reads them one after another as they come in.
 */
final class PushPullCodec {
    private static final Struct HEADER_FIELDS = Struct.of("Nodes", "UserStateLen", "Join");
    private static final Struct NODE_FIELDS = Struct.of("Name", "Addr", "Port", "Meta", "Incarnation", "State", "Vsn");

    /** Memberlist's numbers for the states are their indices here. */
    private static final List<LifeState> STATES =
            List.of(LifeState.ALIVE, LifeState.SUSPECT, LifeState.DEAD, LifeState.LEFT);

    private PushPullCodec() {}

    /** How much follows. Both numbers are within their limits. */
    record Header(int nodes, int userBytes, boolean join) {}

    static void write(MsgPackWriter out, Message.PushPull state) {
        out.map(3);
        out.text("Join").bool(state.join());
        out.text("Nodes").unsigned(state.nodes().size());
        out.text("UserStateLen").unsigned(state.userState().size());
        for (NodeState node : state.nodes()) {
            write(out, node);
        }
        out.rawBytes(state.userState());
    }

    private static void write(MsgPackWriter out, NodeState node) {
        MessageCodec.requireSound(node.meta(), node.versions());
        out.map(7);
        out.text("Addr").bytes(node.address());
        out.text("Incarnation").unsigned(node.incarnation());
        out.text("Meta").bytesOrNil(node.meta());
        out.text("Name").text(node.name());
        out.text("Port").unsigned(node.port());
        out.text("State").unsigned(STATES.indexOf(node.state()));
        out.text("Vsn").bytes(node.versions());
    }

    /** Reads a body that is whole. */
    static Decoded<Message> read(byte[] array, int from, int to) {
        var in = new MsgPackReader(array, from, to);
        Header header = readHeader(in);
        List<NodeState> nodes = new ArrayList<>();
        List<Rejection> badRows = new ArrayList<>();
        while (nodes.size() + badRows.size() < header.nodes() && !in.failed()) {
            int rowFrom = in.position();
            NodeState node = readNode(in);
            Rejection failure = in.failure();
            if (failure == null) {
                nodes.add(node);
            } else if (isOfOneRow(failure)) {
                badRows.add(failure);
                in = new MsgPackReader(array, rowFrom, to);
                in.skip();
            }
        }
        int stateFrom = in.position();
        if (in.remaining() < header.userBytes()) {
            in.reject(Rejection.TRUNCATED);
        }
        if (in.failed()) {
            return in.outcome(new Message.Nack(0));
        }
        Bytes userState = Bytes.of(Arrays.copyOfRange(array, stateFrom, stateFrom + header.userBytes()));
        return in.outcome(new Message.PushPull(header.join(), List.copyOf(nodes), userState, List.copyOf(badRows)));
    }

    /** What is wrong with the values of one row, and leaves clear where the next one begins. */
    static boolean isOfOneRow(Rejection reason) {
        return switch (reason) {
            case BAD_TEXT, NUMBER_OUT_OF_RANGE, NAME_EMPTY, NAME_TOO_LONG, META_TOO_LONG, BAD_ADDRESS, BAD_VERSIONS ->
                true;
            case EMPTY,
                    TRUNCATED,
                    UNKNOWN_TYPE,
                    LABEL_UNSUPPORTED,
                    BAD_MSGPACK,
                    WRONG_FIELD_TYPE,
                    TOO_DEEP,
                    TOO_MANY_PARTS,
                    EMPTY_PART,
                    NESTED_TOO_DEEP,
                    BAD_CRC,
                    UNKNOWN_COMPRESSION,
                    BAD_COMPRESSION,
                    INFLATED_TOO_LARGE,
                    ENCRYPTED_UNEXPECTED,
                    PLAINTEXT_UNEXPECTED,
                    WRONG_KEY,
                    BAD_ENCRYPTION,
                    TOO_LARGE,
                    BAD_COUNT,
                    NOT_ALLOWED_HERE,
                    EMPTY_USER_MESSAGE,
                    EMPTY_FILTER,
                    EMPTY_KEY_REQUEST -> false;
        };
    }

    static Header readHeader(MsgPackReader in) {
        long nodes = 0;
        long userBytes = 0;
        boolean join = false;
        var fields = HEADER_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Nodes" -> nodes = in.integer();
                case "UserStateLen" -> userBytes = in.integer();
                case "Join" -> join = in.bool();
                default -> in.skip();
            }
        }
        if (nodes < 0 || nodes > StreamReader.NODES_MAX || userBytes < 0) {
            in.reject(Rejection.BAD_COUNT);
        }
        if (userBytes > StreamReader.USER_BYTES_MAX) {
            in.reject(Rejection.TOO_LARGE);
        }
        return in.failed() ? new Header(0, 0, false) : new Header((int) nodes, (int) userBytes, join);
    }

    static NodeState readNode(MsgPackReader in) {
        String name = "";
        Bytes address = Bytes.EMPTY;
        int port = 0;
        Bytes meta = Bytes.EMPTY;
        long incarnation = 0;
        int state = 0;
        Bytes versions = Bytes.EMPTY;
        var fields = NODE_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Name" -> name = MessageCodec.readName(in);
                case "Addr" -> address = MessageCodec.readAddress(in);
                case "Port" -> port = MessageCodec.readPort(in);
                case "Meta" -> meta = MessageCodec.readMeta(in);
                case "Incarnation" -> incarnation = in.unsigned32();
                case "State" -> state = (int) in.unsigned(STATES.size() - 1);
                case "Vsn" -> versions = MessageCodec.readVersions(in);
                default -> in.skip();
            }
        }
        MessageCodec.requireMember(in, name, address, versions);
        return new NodeState(name, address, port, meta, incarnation, STATES.get(state), versions);
    }
}
