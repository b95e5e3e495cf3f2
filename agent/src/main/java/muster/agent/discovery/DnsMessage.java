package muster.agent.discovery;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A packet of multicast DNS (RFC 1035, RFC 6762): a query or a response, as far as discovery has a use for it. Kinds of
 * records that it has no use for are passed over.
 *
 * @param id 0 but where the asker is no full member of multicast DNS
 * @param gone what holds no more: with a time to live of zero
 */
record DnsMessage(int id, boolean response, List<Question> questions, List<Entry> entries, List<Entry> gone) {
    static final int TYPE_A = 1;
    static final int TYPE_PTR = 12;
    static final int TYPE_TXT = 16;
    static final int TYPE_AAAA = 28;
    static final int TYPE_SRV = 33;
    static final int TYPE_ANY = 255;

    private static final int CLASS_IN = 1;
    private static final int CLASS_MASK = 0x7fff; // the highest bit has a meaning of its own in both places
    private static final int TOP_BIT = 0x8000;
    private static final int HEADER_BYTES = 12;
    private static final int RESPONSE = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int OPERATION_AND_CODE = 0x780f; // of multicast DNS always zero
    private static final int POINTER = 0xc0;

    /** @param unicast the asker wants the answer for itself */
    record Question(DnsName name, int type, boolean unicast) {}

    /** What a record says. */
    sealed interface Entry {
        DnsName owner();
    }

    /** PTR: there is one of these. */
    record Instance(DnsName owner, DnsName instance) implements Entry {}

    /** SRV: it is on this port of this host. */
    record Port(DnsName owner, int port, DnsName host) implements Entry {}

    /** A or AAAA: the host has this address of 4 or 16 bytes. */
    record Place(DnsName owner, Bytes ip) implements Entry {}

    /** TXT. */
    record Text(DnsName owner, String text) implements Entry {}

    DnsMessage {
        questions = List.copyOf(questions);
        entries = List.copyOf(entries);
        gone = List.copyOf(gone);
    }

    DnsMessage(int id, boolean response, List<Question> questions, List<Entry> entries) {
        this(id, response, questions, entries, List.of());
    }

    /** Null for what is no such packet, or not whole. */
    static @Nullable DnsMessage decode(byte[] packet, int length) {
        try {
            return new Reader(packet, length).message();
        } catch (Malformed e) {
            return null;
        }
    }

    /** Every entry that holds with this time to live, in seconds. */
    byte[] encode(int secondsToLive) {
        var out = new Writer();
        out.number(id).number(response ? RESPONSE | AUTHORITATIVE : 0);
        out.number(questions.size())
                .number(entries.size() + gone.size())
                .number(0)
                .number(0);
        for (Question question : questions) {
            out.name(question.name()).number(question.type()).number(CLASS_IN | (question.unicast() ? TOP_BIT : 0));
        }
        entries.forEach(entry -> encode(out, entry, secondsToLive));
        gone.forEach(entry -> encode(out, entry, 0));
        return out.out.toByteArray();
    }

    private static void encode(Writer out, Entry entry, int secondsToLive) {
        out.name(entry.owner()).number(type(entry)).number(CLASS_IN).number(0).number(secondsToLive);
        var data = new Writer();
        switch (entry) {
            case Instance it -> data.name(it.instance());
            case Port it -> data.number(0).number(0).number(it.port()).name(it.host());
            case Place it -> data.bytes(it.ip().array());
            case Text it -> data.label(it.text());
        }
        out.number(data.out.size()).bytes(data.out.toByteArray());
    }

    private static int type(Entry entry) {
        return switch (entry) {
            case Instance _ -> TYPE_PTR;
            case Port _ -> TYPE_SRV;
            case Place it -> it.ip().size() == 4 ? TYPE_A : TYPE_AAAA;
            case Text _ -> TYPE_TXT;
        };
    }

    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed() {
            super("", null, false, false); // thrown for every bad packet: without the cost of a stack trace
        }
    }

    private static final class Writer {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Writer number(int sixteenBits) {
            out.write(sixteenBits >> 8);
            out.write(sixteenBits);
            return this;
        }

        Writer bytes(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        Writer label(String label) {
            out.write(label.length());
            return bytes(label.getBytes(StandardCharsets.ISO_8859_1));
        }

        Writer name(DnsName name) {
            name.labels().forEach(this::label);
            out.write(0);
            return this;
        }
    }

    private static final class Reader {
        private final byte[] packet;
        private final int length;
        private int at;

        Reader(byte[] packet, int length) {
            this.packet = packet;
            this.length = length;
        }

        DnsMessage message() throws Malformed {
            int id = number();
            int flags = number();
            require((flags & OPERATION_AND_CODE) == 0);
            int asked = number();
            int answered = number() + number() + number(); // where a record stands makes no difference to us
            var questions = new ArrayList<Question>();
            for (int i = 0; i < asked; i++) { // each takes bytes of the packet: its length is the limit
                DnsName name = name();
                int type = number();
                int qualifiedClass = number();
                if ((qualifiedClass & CLASS_MASK) == CLASS_IN) {
                    questions.add(new Question(name, type, (qualifiedClass & TOP_BIT) != 0));
                }
            }
            var entries = new ArrayList<Entry>();
            var gone = new ArrayList<Entry>();
            for (int i = 0; i < answered; i++) {
                record(entries, gone);
            }
            return new DnsMessage(id, (flags & RESPONSE) != 0, questions, entries, gone);
        }

        private void record(List<Entry> entries, List<Entry> gone) throws Malformed {
            DnsName owner = name();
            int type = number();
            boolean internet = (number() & CLASS_MASK) == CLASS_IN;
            int highTimeToLive = number();
            // How long it holds does not matter: what is found is used at once.
            boolean holds = (highTimeToLive | number()) != 0;
            int end = number() + at;
            require(end <= length);
            Entry entry = internet ? entry(owner, type, end) : null;
            require(entry == null || at == end);
            at = end;
            if (entry != null) {
                (holds ? entries : gone).add(entry);
            }
        }

        private @Nullable Entry entry(DnsName owner, int type, int end) throws Malformed {
            return switch (type) {
                case TYPE_PTR -> new Instance(owner, name());
                case TYPE_SRV -> {
                    number();
                    number(); // priority and weight: all are tried
                    int port = number();
                    yield new Port(owner, port, name());
                }
                case TYPE_A, TYPE_AAAA -> {
                    require(end - at == (type == TYPE_A ? 4 : 16));
                    byte[] ip = Arrays.copyOfRange(packet, at, end);
                    at = end;
                    yield new Place(owner, Bytes.of(ip));
                }
                default -> null;
            };
        }

        /** Each jump leads to before where it stands, so that there is an end to them. */
        private DnsName name() throws Malformed {
            var labels = new ArrayList<String>();
            int bytes = 1;
            int here = at;
            int afterFirstJump = -1;
            int limit = at;
            while (true) {
                require(here < length);
                int size = packet[here] & 0xff;
                if (size == 0) {
                    at = afterFirstJump < 0 ? here + 1 : afterFirstJump;
                    return new DnsName(labels);
                }
                if (size >= POINTER) {
                    require(here + 1 < length);
                    int target = ((size & ~POINTER) << 8) | (packet[here + 1] & 0xff);
                    require(target < limit && target >= HEADER_BYTES);
                    afterFirstJump = afterFirstJump < 0 ? here + 2 : afterFirstJump;
                    limit = target;
                    here = target;
                    continue;
                }
                bytes += 1 + size;
                require(size <= DnsName.LABEL_BYTES_MAX && here + 1 + size <= length && bytes <= DnsName.BYTES_MAX);
                labels.add(new String(packet, here + 1, size, StandardCharsets.ISO_8859_1));
                here += 1 + size;
            }
        }

        private int number() throws Malformed {
            require(at + 2 <= length);
            int number = ((packet[at] & 0xff) << 8) | (packet[at + 1] & 0xff);
            at += 2;
            return number;
        }

        private static void require(boolean holds) throws Malformed {
            if (!holds) {
                throw new Malformed();
            }
        }
    }
}
