package muster.agent.rpc;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import muster.agent.event.ClusterEvent;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.MsgPackWriter;
import org.jspecify.annotations.Nullable;

/** How Serf writes its RPC records, keys in alphabetical order as go-msgpack has them. */
final class Records {
    private static final int VERSION_BYTES = 6;

    private Records() {}

    static MsgPackWriter writer() {
        return new MsgPackWriter(MsgPackWriter.Mode.RPC);
    }

    /** A response header; a body may follow. */
    static MsgPackWriter header(long sequence, String error) {
        return writer().map(2).text("Error").text(error).text("Seq").unsigned(sequence);
    }

    private static void members(MsgPackWriter writer, Collection<Member> members) {
        writer.text("Members").array(members.size());
        for (Member member : members) {
            member(writer, member);
        }
    }

    static void member(MsgPackWriter writer, Member member) {
        Bytes versions = member.versions();
        boolean known = versions.size() == VERSION_BYTES;
        writer.map(11);
        writer.text("Addr").bytes(member.address().ip());
        writer.text("DelegateCur").unsigned(known ? versions.at(5) : 0);
        writer.text("DelegateMax").unsigned(known ? versions.at(4) : 0);
        writer.text("DelegateMin").unsigned(known ? versions.at(3) : 0);
        writer.text("Name").text(member.name());
        writer.text("Port").unsigned(member.address().port());
        writer.text("ProtocolCur").unsigned(known ? versions.at(2) : 0);
        writer.text("ProtocolMax").unsigned(known ? versions.at(1) : 0);
        writer.text("ProtocolMin").unsigned(known ? versions.at(0) : 0);
        writer.text("Status").text(member.status().word());
        writer.text("Tags");
        texts(writer, member.tags());
    }

    /** One record of a stream, after its header. */
    static MsgPackWriter event(MsgPackWriter writer, ClusterEvent event) {
        switch (event) {
            case ClusterEvent.Members it -> {
                writer.map(2).text("Event").text(it.type());
                members(writer, it.members());
            }
            case ClusterEvent.User it -> {
                writer.map(5).text("Coalesce").bool(it.coalesce());
                writer.text("Event").text(it.type());
                writer.text("LTime").unsigned(it.time());
                writer.text("Name").text(it.name());
                writer.text("Payload").bytesOrNil(it.payload());
            }
            case ClusterEvent.Query it -> {
                writer.map(5).text("Event").text(it.type());
                writer.text("ID").unsigned(it.number());
                writer.text("LTime").unsigned(it.time());
                writer.text("Name").text(it.name());
                writer.text("Payload").bytesOrNil(it.payload());
            }
        }
        return writer;
    }

    static void texts(MsgPackWriter writer, SortedMap<String, String> map) {
        writer.map(map.size());
        map.forEach((key, value) -> writer.text(key).text(value));
    }

    static void sections(MsgPackWriter writer, SortedMap<String, SortedMap<String, String>> sections) {
        writer.map(sections.size());
        sections.forEach((name, facts) -> texts(writer.text(name), facts));
    }

    static void coordinate(MsgPackWriter writer, @Nullable Coordinate coordinate) {
        writer.map(2).text("Coord");
        if (coordinate == null) {
            writer.nil();
        } else {
            writer.map(4).text("Adjustment").real(coordinate.adjustment());
            writer.text("Error").real(coordinate.error());
            writer.text("Height").real(coordinate.height());
            writer.text("Vec").array(Coordinate.DIMENSIONS);
            for (int i = 0; i < Coordinate.DIMENSIONS; i++) {
                writer.real(coordinate.at(i));
            }
        }
        writer.text("Ok").bool(coordinate != null);
    }

    static void pool(MsgPackWriter writer, PoolRow row) {
        writer.map(11);
        writer.text("Address").text(row.address());
        writer.text("Failures").unsigned(row.failures());
        writer.text("InFlight").unsigned(row.inFlight());
        writer.text("Node").text(row.node());
        writer.text("Pool").text(row.pool());
        writer.text("Reason").text(row.reason());
        writer.text("Requests").unsigned(row.requests());
        writer.text("Served").unsigned(row.served() ? 1 : 0);
        writer.text("Since").unsigned(row.sinceSeconds());
        writer.text("State").text(row.state());
        writer.text("Weight").unsigned(row.weight());
    }

    static SortedMap<String, String> readTexts(MsgPackReader reader) {
        var map = new TreeMap<String, String>();
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            String key = reader.looseText();
            map.put(key, reader.looseText());
        }
        return map;
    }

    static Member readMember(MsgPackReader reader) {
        String name = "";
        Bytes ip = Bytes.EMPTY;
        int port = 0;
        SortedMap<String, String> tags = new TreeMap<>();
        String status = "";
        var versions = new byte[VERSION_BYTES];
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            String key = reader.looseText();
            switch (key) {
                case "Name" -> name = reader.looseText();
                case "Addr" -> ip = reader.bytes();
                case "Port" -> port = (int) reader.unsigned(65_535);
                case "Tags" -> tags = readTexts(reader);
                case "Status" -> status = reader.looseText();
                case "ProtocolMin" -> versions[0] = (byte) reader.unsigned(255);
                case "ProtocolMax" -> versions[1] = (byte) reader.unsigned(255);
                case "ProtocolCur" -> versions[2] = (byte) reader.unsigned(255);
                case "DelegateMin" -> versions[3] = (byte) reader.unsigned(255);
                case "DelegateMax" -> versions[4] = (byte) reader.unsigned(255);
                case "DelegateCur" -> versions[5] = (byte) reader.unsigned(255);
                default -> reader.skip();
            }
        }
        return new Member(name, new Address(ip, port), tags, statusOf(status), false, 0, 0, Bytes.of(versions));
    }

    static MsgPackWriter query(MsgPackWriter writer, QueryRequest query) {
        writer.map(7).text("FilterNodes").array(query.nodes().size());
        query.nodes().forEach(writer::text);
        texts(writer.text("FilterTags"), query.tags());
        writer.text("Name").text(query.name());
        writer.text("Payload").bytesOrNil(query.payload());
        writer.text("RelayFactor").unsigned(query.relayFactor());
        writer.text("RequestAck").bool(query.ack());
        return writer.text("Timeout").integer(query.timeoutNanos());
    }

    static QueryRequest readQuery(MsgPackReader reader) {
        String name = "";
        Bytes payload = Bytes.EMPTY;
        List<String> nodes = List.of();
        SortedMap<String, String> tags = new TreeMap<>();
        boolean ack = false;
        int relayFactor = 0;
        long timeoutNanos = 0;
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            switch (reader.looseText()) {
                case "FilterNodes" -> nodes = readList(reader);
                case "FilterTags" -> tags = readTexts(reader);
                case "Name" -> name = reader.looseText();
                case "Payload" -> payload = reader.bytes();
                case "RelayFactor" -> relayFactor = (int) reader.unsigned(255);
                case "RequestAck" -> ack = reader.bool();
                case "Timeout" -> timeoutNanos = reader.integer();
                default -> reader.skip();
            }
        }
        return new QueryRequest(name, payload, nodes, tags, ack, relayFactor, timeoutNanos);
    }

    /** What came back of a query: {@code type} is {@code ack}, {@code response} or {@code done}. */
    static MsgPackWriter queryRecord(MsgPackWriter writer, String type, String from, Bytes payload) {
        writer.map(3).text("From").text(from);
        return writer.text("Payload").bytesOrNil(payload).text("Type").text(type);
    }

    static MsgPackWriter keyAnswer(MsgPackWriter writer, KeyAnswer answer) {
        writer.map(5).text("Keys").map(answer.keys().size());
        answer.keys().forEach((key, members) -> writer.text(key).unsigned(members));
        texts(writer.text("Messages"), answer.messages());
        writer.text("NumErr").unsigned(answer.failures());
        writer.text("NumNodes").unsigned(answer.nodes());
        return writer.text("NumResp").unsigned(answer.responses());
    }

    static KeyAnswer readKeyAnswer(MsgPackReader reader, String error) {
        SortedMap<String, String> messages = new TreeMap<>();
        var keys = new TreeMap<String, Integer>();
        int nodes = 0;
        int failures = 0;
        int responses = 0;
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            switch (reader.looseText()) {
                case "Messages" -> messages = readTexts(reader);
                case "Keys" -> {
                    for (int j = reader.map(); j > 0 && !reader.failed(); j--) {
                        String key = reader.looseText();
                        keys.put(key, (int) reader.unsigned(Integer.MAX_VALUE));
                    }
                }
                case "NumNodes" -> nodes = (int) reader.unsigned(Integer.MAX_VALUE);
                case "NumErr" -> failures = (int) reader.unsigned(Integer.MAX_VALUE);
                case "NumResp" -> responses = (int) reader.unsigned(Integer.MAX_VALUE);
                default -> reader.skip();
            }
        }
        return new KeyAnswer(error, messages, keys, nodes, failures, responses);
    }

    /** Whether there is one; then it is added to {@code found}. */
    static boolean readCoordinate(MsgPackReader reader, List<Coordinate> found) {
        boolean known = false;
        found.clear(); // of a try with too few bytes
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            switch (reader.looseText()) {
                case "Ok" -> known = reader.bool();
                case "Coord" -> {
                    if (!reader.skipNil()) {
                        readCoordinate(reader).ifPresent(found::add);
                    }
                }
                default -> reader.skip();
            }
        }
        return known;
    }

    /** None when it has another number of dimensions, or numbers that no distance can be told from. */
    private static Optional<Coordinate> readCoordinate(MsgPackReader reader) {
        var vec = new double[Coordinate.DIMENSIONS];
        int dimensions = 0;
        double error = 0;
        double adjustment = 0;
        double height = 0;
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            switch (reader.looseText()) {
                case "Vec" -> {
                    for (int j = reader.array(); j > 0 && !reader.failed(); j--) {
                        double value = reader.real();
                        if (dimensions < vec.length) {
                            vec[dimensions] = value;
                        }
                        dimensions++;
                    }
                }
                case "Error" -> error = reader.real();
                case "Adjustment" -> adjustment = reader.real();
                case "Height" -> height = reader.real();
                default -> reader.skip();
            }
        }
        boolean finite = DoubleStream.concat(Arrays.stream(vec), DoubleStream.of(error, adjustment, height))
                .allMatch(Double::isFinite);
        return reader.failed() || dimensions != vec.length || !finite
                ? Optional.empty()
                : Optional.of(new Coordinate(vec, error, adjustment, height));
    }

    private static List<String> readList(MsgPackReader reader) {
        var all = new ArrayList<String>();
        for (int i = reader.array(); i > 0 && !reader.failed(); i--) {
            all.add(reader.looseText());
        }
        return all;
    }

    static PoolRow readPoolRow(MsgPackReader reader) {
        var texts = new TreeMap<String, String>();
        var numbers = new TreeMap<String, Long>();
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            String key = reader.looseText();
            if (reader.next() == MsgPackReader.Kind.INTEGER) {
                numbers.put(key, reader.unsigned(Long.MAX_VALUE));
            } else {
                texts.put(key, reader.looseText());
            }
        }
        return new PoolRow(
                texts.getOrDefault("Pool", ""),
                texts.getOrDefault("Node", ""),
                texts.getOrDefault("Address", ""),
                texts.getOrDefault("State", ""),
                texts.getOrDefault("Reason", ""),
                numbers.getOrDefault("Since", 0L),
                numbers.getOrDefault("Weight", 0L).intValue(),
                numbers.getOrDefault("InFlight", 0L),
                numbers.getOrDefault("Requests", 0L),
                numbers.getOrDefault("Failures", 0L),
                numbers.getOrDefault("Served", 1L) != 0);
    }

    private static Member.Status statusOf(String word) {
        for (Member.Status status : Member.Status.values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        return Member.Status.NONE;
    }
}
