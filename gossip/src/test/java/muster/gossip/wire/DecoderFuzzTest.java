package muster.gossip.wire;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import muster.gossip.wire.StreamReader.Progress;

/**
 * One target per decoder. Every build replays the inputs in src/test/resources; {@code JAZZER_FUZZ=1 mvn -pl gossip test
 * -Dtest=DecoderFuzzTest#packet} searches for new ones. What a target finds goes into its folder as a file and stays.
 */
class DecoderFuzzTest {
    private static final Bytes KEY = Bytes.hex("000102030405060708090a0b0c0d0e0f");
    private static final Keyring KEYS = new Keyring(List.of(KEY));
    private static final Bytes STREAM_HEADER = Bytes.hex("0a00000000");

    @FuzzTest(maxDuration = "30s")
    void packet(byte[] input) {
        check(Packet.decode(Bytes.of(input.clone()), Keyring.PLAIN));
    }

    /** The input is what is inside a compressed layer, and that inside a compound with itself. */
    @FuzzTest(maxDuration = "30s")
    void compoundAndCompression(byte[] input) {
        Bytes bytes = Bytes.of(input.clone());
        Bytes folded = Lzw.deflate(bytes);
        require(
                new Decoded.Ok<>(bytes).equals(Lzw.inflate(folded.array(), 0, folded.size(), bytes.size())),
                "round trip");
        Lzw.inflate(input, 0, input.length, PacketReader.INFLATED_BYTES_MAX);
        if (bytes.size() <= 0xffff) {
            check(Packet.decode(
                    Compression.wrap(MalformedInputTest.compoundOf(bytes, Compression.wrap(bytes))), Keyring.PLAIN));
        }
    }

    /** The input is taken as it is, and as the plain text of what somebody with the key sealed. */
    @FuzzTest(maxDuration = "30s")
    void sealed(byte[] input) {
        Bytes bytes = Bytes.of(input.clone());
        check(Packet.decode(bytes, KEYS));
        Seal.open(input, 0, input.length, STREAM_HEADER, KEYS);
        check(Packet.decode(Seal.close(bytes, Bytes.EMPTY, KEYS, new java.util.Random(input.length)), KEYS));
    }

    /** Pieces of any size must give the same end as one piece. */
    @FuzzTest(maxDuration = "30s")
    void stream(FuzzedDataProvider data) {
        Keyring keys = data.consumeBoolean() ? KEYS : Keyring.PLAIN;
        long cuts = data.consumeLong();
        byte[] input = data.consumeRemainingAsBytes();
        Progress whole = new StreamReader(keys).add(Bytes.of(input.clone()));
        var reader = new StreamReader(keys);
        var random = new java.util.Random(cuts);
        Progress progress = new Progress.NeedMore();
        for (int at = 0; at < input.length && progress instanceof Progress.NeedMore; ) {
            int piece = Math.min(1 + random.nextInt(20), input.length - at);
            progress = reader.add(Bytes.of(Arrays.copyOfRange(input, at, at + piece)));
            at += piece;
        }
        // A fault may show earlier, for another reason, when less is there: but never an end in one and none in the
        // other.
        require(progress.getClass() == whole.getClass(), progress + " in pieces, " + whole + " in one");
        if (whole instanceof Progress.Complete(Message message)) {
            require(whole.equals(progress), "not the same message");
            DamagedPacketsTest.check(message);
        }
    }

    @FuzzTest(maxDuration = "30s")
    void serfMessage(byte[] input) {
        Decoded<SerfMessage> decoded = SerfCodec.decode(Bytes.of(input.clone()));
        // Names that are not UTF-8 grow threefold by being repaired, perhaps beyond their limit.
        if (decoded instanceof Decoded.Ok<SerfMessage>(SerfMessage message)
                && input.length < SerfCodec.EVENT_BYTES_MAX / 3) {
            require(decoded.equals(SerfCodec.decode(SerfCodec.encode(message))), "not the same after writing");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void tags(byte[] input) {
        var decoded = Tags.decode(Bytes.of(input.clone()));
        if (decoded instanceof Decoded.Ok<java.util.SortedMap<String, String>>(var tags)) {
            require(decoded.equals(Tags.decode(Tags.encode(tags))), "not the same after writing");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void coordinate(byte[] input) {
        Decoded<Coordinate> decoded = CoordinateCodec.decode(Bytes.of(input.clone()));
        if (decoded instanceof Decoded.Ok<Coordinate>(Coordinate coordinate)) {
            require(decoded.equals(CoordinateCodec.decode(CoordinateCodec.encode(coordinate))), "not the same");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void queryFilter(byte[] input) {
        Decoded<FilterCodec.Filter> decoded = FilterCodec.decode(Bytes.of(input.clone()));
        if (decoded instanceof Decoded.Ok<FilterCodec.Filter>(FilterCodec.Filter filter)) {
            require(decoded.equals(FilterCodec.decode(FilterCodec.encode(filter))), "not the same after writing");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void keyRequest(byte[] input) {
        Decoded<Bytes> decoded = KeyCodec.readRequest(Bytes.of(input.clone()));
        if (decoded instanceof Decoded.Ok<Bytes>(Bytes key)) {
            require(decoded.equals(KeyCodec.readRequest(KeyCodec.request(key))), "not the same after writing");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void keyReply(byte[] input) {
        Decoded<KeyCodec.Reply> decoded = KeyCodec.readReply(Bytes.of(input.clone()));
        if (decoded instanceof Decoded.Ok<KeyCodec.Reply>(KeyCodec.Reply reply)) {
            require(decoded.equals(KeyCodec.readReply(KeyCodec.reply(reply))), "not the same after writing");
        }
    }

    @FuzzTest(maxDuration = "30s")
    void conflictAnswer(byte[] input) {
        if (ConflictCodec.decode(Bytes.of(input.clone())) instanceof Decoded.Ok<ConflictCodec.Place>(var place)) {
            int bytes = place.address().size();
            require(bytes == 4 || bytes == 16, "an address of " + bytes + " bytes");
            require(place.port() >= 0 && place.port() <= 0xffff, "port " + place.port());
        }
    }

    /** Reads a value as each type; whatever one of them accepts, passing over it accepts too, and ends at the same place. */
    @FuzzTest(maxDuration = "30s")
    void msgPack(byte[] input) {
        var skipping = new MsgPackReader(input, 0, input.length);
        skipping.skip();
        var looking = new MsgPackReader(input, 0, input.length);
        switch (looking.next()) {
            case NIL -> looking.skipNil();
            case BOOL -> looking.bool();
            case INTEGER -> looking.integer();
            case REAL -> looking.real();
            case TEXT -> looking.text(MsgPackReader.LENGTH_MAX, Rejection.TOO_LARGE);
            case BINARY -> looking.bytes();
            case ARRAY, MAP, EXTENSION, NOTHING -> {
                looking.bytes();
                looking.looseText();
                require(looking.offset() <= input.length, "read beyond the end");
                return;
            }
        }
        require(looking.failed() || looking.offset() == skipping.offset(), "skipped to another place");
    }

    private static void check(Decoded<Packet> decoded) {
        if (decoded instanceof Decoded.Ok<Packet>(Packet packet)) {
            require(packet.messages().size() <= PacketReader.PARTS_MAX, "too many messages");
            packet.messages().forEach(DamagedPacketsTest::check);
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
