package muster.gossip.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One Serf message to and from its bytes, type byte first: the payload of {@link Message.User} or a push/pull's user
 * state. What can be in it is limited by the datagram or stream that carried it.
 */
public final class SerfCodec {
    /** Serf's hard limit on a user event, name and payload together; names of queries and events stay below it. */
    public static final int EVENT_BYTES_MAX = 9_216;

    private static final int LEAVE = 0;
    private static final int JOIN = 1;
    private static final int STATE = 2;
    private static final int USER_EVENT = 3;
    private static final int QUERY = 4;
    private static final int QUERY_RESPONSE = 5;
    private static final int RELAY = 9;

    /** The payloads of a conflict query, a key query and its answer: never messages of their own. */
    private static final int CONFLICT_RESPONSE = 6;

    private static final int KEY_RESPONSE = 8;

    /** Queries that Serf 0.9 answers by reading a payload that must be there. */
    private static final List<String> KEY_QUERIES = List.of("_serf_install-key", "_serf_use-key", "_serf_remove-key");

    private static final Struct INTENT_FIELDS = Struct.of("LTime", "Node", "Prune");
    private static final Struct STATE_FIELDS =
            Struct.of("LTime", "StatusLTimes", "LeftMembers", "EventLTime", "Events", "QueryLTime");
    private static final Struct EVENTS_FIELDS = Struct.of("LTime", "Events");
    private static final Struct NAMED_PAYLOAD_FIELDS = Struct.of("Name", "Payload");
    private static final Struct USER_EVENT_FIELDS = Struct.of("LTime", "Name", "Payload", "CC");
    private static final Struct QUERY_FIELDS = Struct.of(
            "LTime",
            "ID",
            "Addr",
            "Port",
            "SourceNode",
            "Filters",
            "Flags",
            "RelayFactor",
            "Timeout",
            "Name",
            "Payload");
    private static final Struct RESPONSE_FIELDS = Struct.of("LTime", "ID", "From", "Flags", "Payload");
    private static final Struct RELAY_FIELDS = Struct.of("DestAddr", "DestName");
    private static final Struct UDP_ADDRESS_FIELDS = Struct.of("IP", "Port", "Zone");

    private SerfCodec() {}

    /**
     * The message with its type byte. Throws {@link IllegalArgumentException} for what would crash a peer: an empty
     * filter, a key query without payload, an empty message to relay.
     */
    public static Bytes encode(SerfMessage message) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        switch (message) {
            case SerfMessage.Leave leave -> write(out, leave);
            case SerfMessage.Join(long time, String node) ->
                out.rawByte(JOIN)
                        .map(2)
                        .text("LTime")
                        .unsigned(time)
                        .text("Node")
                        .text(node);
            case SerfMessage.State state -> write(out, state);
            case SerfMessage.UserEvent event -> write(out, event);
            case SerfMessage.Query query -> write(out, query);
            case SerfMessage.QueryResponse response -> write(out, response);
            case SerfMessage.Relay relay -> write(out, relay);
        }
        return out.toBytes();
    }

    /** Reads one whole message; bytes behind it are ignored, as Serf does. */
    public static Decoded<SerfMessage> decode(Bytes bytes) {
        if (bytes.isEmpty()) {
            return new Decoded.Rejected<>(Rejection.EMPTY, 0);
        }
        var in = new MsgPackReader(bytes.array(), 1, bytes.size());
        int type = bytes.at(0);
        SerfMessage message = switch (type) {
            case LEAVE, JOIN -> readIntent(type, in);
            case STATE -> readState(in);
            case USER_EVENT -> readUserEvent(in);
            case QUERY -> readQuery(in);
            case QUERY_RESPONSE -> readResponse(in);
            case RELAY -> readRelay(bytes, in);
            default -> {
                boolean elsewhere = type >= CONFLICT_RESPONSE && type <= KEY_RESPONSE;
                in.reject(elsewhere ? Rejection.NOT_ALLOWED_HERE : Rejection.UNKNOWN_TYPE);
                yield new SerfMessage.Join(0, "");
            }
        };
        return in.outcome(message);
    }

    private static void write(MsgPackWriter out, SerfMessage.Leave leave) {
        out.rawByte(LEAVE).map(3);
        out.text("LTime").unsigned(leave.time());
        out.text("Node").text(leave.node());
        out.text("Prune").bool(leave.prune());
    }

    private static void write(MsgPackWriter out, SerfMessage.State state) {
        out.rawByte(STATE).map(6);
        out.text("EventLTime").unsigned(state.eventTime());
        out.text("Events").array(state.events().size());
        for (SerfMessage.EventsAt at : state.events()) {
            out.map(2).text("Events").array(at.events().size());
            for (SerfMessage.NamedPayload event : at.events()) {
                out.map(2).text("Name").text(event.name());
                out.text("Payload").bytesOrNil(event.payload());
            }
            out.text("LTime").unsigned(at.time());
        }
        out.text("LTime").unsigned(state.time());
        out.text("LeftMembers").array(state.leftMembers().size());
        state.leftMembers().forEach(out::text);
        out.text("QueryLTime").unsigned(state.queryTime());
        out.text("StatusLTimes").map(state.statusTimes().size());
        state.statusTimes().forEach((node, time) -> out.text(node).unsigned(time));
    }

    private static void write(MsgPackWriter out, SerfMessage.UserEvent event) {
        out.rawByte(USER_EVENT).map(4);
        out.text("CC").bool(event.coalesce());
        out.text("LTime").unsigned(event.time());
        out.text("Name").text(event.name());
        out.text("Payload").bytesOrNil(event.payload());
    }

    private static void write(MsgPackWriter out, SerfMessage.Query query) {
        if (query.filters().contains(Bytes.EMPTY)) {
            throw new IllegalArgumentException("an empty filter crashes a peer: leave it out");
        }
        if (lacksKey(query.name(), query.payload())) {
            throw new IllegalArgumentException("a key query without payload crashes a peer: send the key");
        }
        out.rawByte(QUERY).map(11);
        out.text("Addr").bytes(query.address());
        out.text("Filters");
        if (query.filters().isEmpty()) {
            out.nil();
        } else {
            out.array(query.filters().size());
            query.filters().forEach(out::bytes);
        }
        out.text("Flags").unsigned(query.flags());
        out.text("ID").unsigned(query.id());
        out.text("LTime").unsigned(query.time());
        out.text("Name").text(query.name());
        out.text("Payload").bytesOrNil(query.payload());
        out.text("Port").unsigned(query.port());
        out.text("RelayFactor").unsigned(query.relayFactor());
        out.text("SourceNode").text(query.sourceNode());
        out.text("Timeout").integer(query.timeoutNanos());
    }

    private static void write(MsgPackWriter out, SerfMessage.QueryResponse response) {
        out.rawByte(QUERY_RESPONSE).map(5);
        out.text("Flags").unsigned(response.flags());
        out.text("From").text(response.from());
        out.text("ID").unsigned(response.id());
        out.text("LTime").unsigned(response.time());
        out.text("Payload").bytesOrNil(response.payload());
    }

    private static void write(MsgPackWriter out, SerfMessage.Relay relay) {
        MessageCodec.requireContent(relay.inner());
        out.rawByte(RELAY).map(2);
        out.text("DestAddr").map(3);
        out.text("IP").bytes(relay.address());
        out.text("Port").unsigned(relay.port());
        out.text("Zone").text(relay.zone());
        out.text("DestName").text(relay.node());
        out.rawBytes(relay.inner());
    }

    private static SerfMessage readIntent(int type, MsgPackReader in) {
        long time = 0;
        String node = "";
        boolean prune = false;
        var fields = INTENT_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "Node" -> node = MessageCodec.readName(in);
                case "Prune" -> prune = in.bool();
                default -> in.skip();
            }
        }
        return type == LEAVE ? new SerfMessage.Leave(time, node, prune) : new SerfMessage.Join(time, node);
    }

    private static SerfMessage readState(MsgPackReader in) {
        long time = 0;
        SortedMap<String, Long> statusTimes = new TreeMap<>();
        List<String> leftMembers = List.of();
        long eventTime = 0;
        List<SerfMessage.EventsAt> events = List.of();
        long queryTime = 0;
        var fields = STATE_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "StatusLTimes" -> statusTimes = readStatusTimes(in);
                case "LeftMembers" -> leftMembers = readNames(in);
                case "EventLTime" -> eventTime = readTime(in);
                case "Events" -> events = readEvents(in);
                case "QueryLTime" -> queryTime = readTime(in);
                default -> in.skip();
            }
        }
        return new SerfMessage.State(time, statusTimes, leftMembers, eventTime, events, queryTime);
    }

    private static SortedMap<String, Long> readStatusTimes(MsgPackReader in) {
        SortedMap<String, Long> times = new TreeMap<>();
        int count = in.map();
        for (int i = 0; i < count && !in.failed(); i++) {
            String name = in.looseText();
            long time = readTime(in);
            if (isName(name)) {
                times.put(name, time);
            }
        }
        return times;
    }

    private static List<String> readNames(MsgPackReader in) {
        List<String> names = new ArrayList<>();
        int count = in.array();
        for (int i = 0; i < count && !in.failed(); i++) {
            String name = in.looseText();
            if (isName(name)) {
                names.add(name);
            }
        }
        return names;
    }

    // A member whose row is left out because of its name is left out here too, and not the whole state with it.
    // What is not UTF-8 was replaced by U+FFFD on reading.
    private static boolean isName(String text) {
        return text.indexOf('\ufffd') < 0
                && (text.length() <= Message.NAME_BYTES_MAX / 3
                        || Bytes.utf8(text).size() <= Message.NAME_BYTES_MAX);
    }

    /** Real Serf sends all 512 slots of its buffer, most of them nil. */
    private static List<SerfMessage.EventsAt> readEvents(MsgPackReader in) {
        List<SerfMessage.EventsAt> slots = new ArrayList<>();
        int count = in.array();
        for (int i = 0; i < count && !in.failed(); i++) {
            if (!in.skipNil()) {
                slots.add(readEventsAt(in));
            }
        }
        return slots;
    }

    private static SerfMessage.EventsAt readEventsAt(MsgPackReader in) {
        long time = 0;
        List<SerfMessage.NamedPayload> events = new ArrayList<>();
        var fields = EVENTS_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "Events" -> {
                    events.clear();
                    int count = in.array();
                    for (int i = 0; i < count && !in.failed(); i++) {
                        events.add(readNamedPayload(in));
                    }
                }
                default -> in.skip();
            }
        }
        return new SerfMessage.EventsAt(time, events);
    }

    /** Of any length that came: one that is too long is not taken in, but must not cost the whole state. */
    private static SerfMessage.NamedPayload readNamedPayload(MsgPackReader in) {
        String name = "";
        Bytes payload = Bytes.EMPTY;
        var fields = NAMED_PAYLOAD_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Name" -> name = in.looseText();
                case "Payload" -> payload = in.bytes();
                default -> in.skip();
            }
        }
        return new SerfMessage.NamedPayload(name, payload);
    }

    private static SerfMessage readUserEvent(MsgPackReader in) {
        long time = 0;
        String name = "";
        Bytes payload = Bytes.EMPTY;
        boolean coalesce = false;
        var fields = USER_EVENT_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "Name" -> name = readEventName(in);
                case "Payload" -> payload = in.bytes();
                case "CC" -> coalesce = in.bool();
                default -> in.skip();
            }
        }
        return new SerfMessage.UserEvent(time, name, payload, coalesce);
    }

    private static SerfMessage readQuery(MsgPackReader in) {
        long time = 0;
        long id = 0;
        Bytes address = Bytes.EMPTY;
        int port = 0;
        String sourceNode = "";
        List<Bytes> filters = List.of();
        long flags = 0;
        int relayFactor = 0;
        long timeoutNanos = 0;
        String name = "";
        Bytes payload = Bytes.EMPTY;
        var fields = QUERY_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "ID" -> id = in.unsigned32();
                case "Addr" -> address = MessageCodec.readAddress(in);
                case "Port" -> port = MessageCodec.readPort(in);
                case "SourceNode" -> sourceNode = MessageCodec.readName(in);
                case "Filters" -> filters = readFilters(in);
                case "Flags" -> flags = in.unsigned32();
                case "RelayFactor" -> relayFactor = (int) in.unsigned(0xff);
                case "Timeout" -> timeoutNanos = in.integer(0, Long.MAX_VALUE);
                case "Name" -> name = readEventName(in);
                case "Payload" -> payload = in.bytes();
                default -> in.skip();
            }
        }
        MessageCodec.requireAddress(in, address);
        if (lacksKey(name, payload)) {
            in.reject(Rejection.EMPTY_KEY_REQUEST);
        }
        return new SerfMessage.Query(
                time, id, address, port, sourceNode, filters, flags, relayFactor, timeoutNanos, name, payload);
    }

    private static boolean lacksKey(String query, Bytes payload) {
        return payload.isEmpty() && KEY_QUERIES.contains(query);
    }

    private static List<Bytes> readFilters(MsgPackReader in) {
        List<Bytes> filters = new ArrayList<>();
        int count = in.array();
        for (int i = 0; i < count && !in.failed(); i++) {
            Bytes filter = in.bytes();
            if (filter.isEmpty()) {
                in.reject(Rejection.EMPTY_FILTER);
            }
            filters.add(filter);
        }
        return filters;
    }

    private static SerfMessage readResponse(MsgPackReader in) {
        long time = 0;
        long id = 0;
        String from = "";
        long flags = 0;
        Bytes payload = Bytes.EMPTY;
        var fields = RESPONSE_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "LTime" -> time = readTime(in);
                case "ID" -> id = in.unsigned32();
                case "From" -> from = MessageCodec.readName(in);
                case "Flags" -> flags = in.unsigned32();
                case "Payload" -> payload = in.bytes();
                default -> in.skip();
            }
        }
        return new SerfMessage.QueryResponse(time, id, from, flags, payload);
    }

    /** The header, then the message to pass on up to the end. */
    private static SerfMessage readRelay(Bytes bytes, MsgPackReader in) {
        Bytes ip = Bytes.EMPTY;
        int port = 0;
        String zone = "";
        String node = "";
        var fields = RELAY_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "DestAddr" -> {
                    var address = UDP_ADDRESS_FIELDS.in(in);
                    while (address.next()) {
                        switch (address.name()) {
                            case "IP" -> ip = MessageCodec.readAddress(in);
                            case "Port" -> port = MessageCodec.readPort(in);
                            case "Zone" -> zone = MessageCodec.readName(in);
                            default -> in.skip();
                        }
                    }
                }
                case "DestName" -> node = MessageCodec.readName(in);
                default -> in.skip();
            }
        }
        MessageCodec.requireAddress(in, ip);
        Bytes inner = Bytes.of(Arrays.copyOfRange(bytes.array(), in.position(), bytes.size()));
        if (inner.isEmpty()) {
            in.reject(Rejection.EMPTY_USER_MESSAGE);
        }
        return new SerfMessage.Relay(ip, port, zone, node, inner);
    }

    private static long readTime(MsgPackReader in) {
        return in.unsigned(Long.MAX_VALUE);
    }

    private static String readEventName(MsgPackReader in) {
        return in.looseText(EVENT_BYTES_MAX);
    }
}
