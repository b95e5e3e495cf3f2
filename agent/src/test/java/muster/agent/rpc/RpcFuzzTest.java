package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.MsgPackReader;

/** Both ends of RPC read what a stranger sends: objects come out, or a fault that says so, however the bytes are cut. */
class RpcFuzzTest {
    private static final int OBJECT_BYTES_MAX = 4_096;

    /** Everything that is read from a connection; the first byte of an input chooses. */
    private static final List<Function<MsgPackReader, String>> RECORDS = List.of(
            reader -> reader.failed() ? "" : String.valueOf(Records.readTexts(reader)),
            reader -> Records.readMember(reader).toString(),
            reader -> Records.readQuery(reader).toString(),
            reader -> Records.readKeyAnswer(reader, "").toString(),
            reader -> Records.readPoolRow(reader).toString(),
            RpcFuzzTest::coordinate,
            reader -> {
                reader.skip();
                return "skipped";
            });

    private static String coordinate(MsgPackReader reader) {
        var found = new ArrayList<Coordinate>();
        return Records.readCoordinate(reader, found) + " " + found;
    }

    @FuzzTest(maxDuration = "20s")
    void a_connection_reads_the_same_in_whatever_pieces_it_comes(byte @NotNull [] bytes) {
        if (bytes.length == 0) {
            return;
        }
        var record = RECORDS.get(Math.floorMod(bytes[0], RECORDS.size()));
        String whole = read(bytes, bytes.length, record);
        assertThat(read(bytes, 1, record)).isEqualTo(whole);
        assertThat(read(bytes, 7, record)).isEqualTo(whole);
    }

    /** All objects of the connection, and how it ends. */
    private static String read(byte[] bytes, int step, Function<MsgPackReader, String> record) {
        var stream = new ByteArrayInputStream(bytes, 1, bytes.length - 1) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(step, length));
            }
        };
        var input = new RpcInput(stream, OBJECT_BYTES_MAX);
        var all = new StringBuilder();
        try {
            while (true) {
                all.append(input.read(record)).append('\n');
            }
        } catch (EOFException e) {
            return all.append(input.begun() ? "cut" : "closed").toString();
        } catch (RpcFault e) {
            return all.append(e.getMessage()).toString();
        } catch (IOException e) {
            throw new AssertionError("no other error can come from memory", e);
        }
    }
}
