package muster.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A whole connection: what is read must not depend on how the bytes were cut into packets. */
class StreamFuzzTest {
    private static final ForwardedFor CLIENT = new ForwardedFor("192.0.2.1", "127.0.0.1", 8080, false);

    @FuzzTest(maxDuration = "20s")
    void a_connection_reads_the_same_in_whatever_pieces_it_comes(byte @NotNull [] bytes) {
        String whole = read(bytes, bytes.length);
        assertThat(read(bytes, 1)).isEqualTo(whole);
        assertThat(read(bytes, 7)).isEqualTo(whole);
    }

    @FuzzTest(maxDuration = "20s")
    void a_chunked_body_that_passes_is_one_that_passes_again_unchanged(byte @NotNull [] bytes) {
        StringBuilder passed = new StringBuilder();
        BodyReader reader = chunks(bytes, bytes.length, false, passed);
        StringBuilder piecemeal = new StringBuilder();
        BodyReader other = chunks(bytes, 3, false, piecemeal);
        assertThat(piecemeal).hasToString(passed.toString());
        assertThat(other.refusal()).isEqualTo(reader.refusal());
        if (!reader.complete() || reader.refusal() != null) return;
        byte[] once = passed.toString().getBytes(StandardCharsets.ISO_8859_1);
        StringBuilder twice = new StringBuilder();
        BodyReader second = chunks(once, once.length, false, twice);
        assertThat(second.complete()).isTrue();
        assertThat(second.bodyBytes()).isEqualTo(reader.bodyBytes());
        assertThat(twice).hasToString(passed.toString());
        StringBuilder data = new StringBuilder();
        chunks(bytes, bytes.length, true, data);
        assertThat(data.length()).isEqualTo((int) reader.bodyBytes());
    }

    private static BodyReader chunks(byte[] bytes, int step, boolean dataOnly, StringBuilder passed) {
        BodyReader reader = new BodyReader();
        Ranges ranges = new Ranges();
        reader.chunked();
        int i = 0;
        while (i < bytes.length && !reader.complete() && reader.refusal() == null) {
            ranges.clear();
            int to = Math.min(bytes.length, i + step);
            i = reader.advance(k -> bytes[k], i, to, dataOnly, ranges);
            append(bytes, ranges, passed);
        }
        return reader;
    }

    private static void append(byte[] bytes, Ranges ranges, StringBuilder passed) {
        for (int n = 0; n < ranges.count(); n++) {
            passed.append(
                    new String(bytes, ranges.from(n), ranges.to(n) - ranges.from(n), StandardCharsets.ISO_8859_1));
        }
    }

    /** All requests of the connection as they are passed on, and how it ends. */
    private static String read(byte[] bytes, int step) {
        RequestHead head = new RequestHead(HeadLimits.DEFAULTS);
        BodyReader body = new BodyReader();
        Ranges ranges = new Ranges();
        Output out = new Output(256);
        StringBuilder all = new StringBuilder();
        int from = 0;
        int to = 0;
        boolean inBody = false;
        while (to < bytes.length) {
            to = Math.min(bytes.length, to + step);
            boolean progress = true;
            while (progress && from < to) {
                if (inBody) {
                    ranges.clear();
                    from = body.advance(k -> bytes[k], from, to, false, ranges);
                    append(bytes, ranges, all);
                    if (body.refusal() != null)
                        return all.append(body.refusal()).toString();
                    inBody = !body.complete();
                } else {
                    byte[] seen = Arrays.copyOfRange(bytes, from, to);
                    int end = head.parse(seen, 0, seen.length);
                    if (end == Head.REFUSED) return all.append(head.refusal()).toString();
                    progress = end != Head.NEED_MORE;
                    if (progress) {
                        RequestRewrite.write(head, CLIENT, false, out);
                        all.append(new String(out.bytes(), 0, out.length(), StandardCharsets.ISO_8859_1));
                        from += end;
                        if (head.isChunked()) body.chunked();
                        else body.length(Math.max(0, head.contentLength()));
                        inBody = !body.complete();
                        if (!head.keepsAlive() && !inBody) return all.toString();
                    }
                }
            }
        }
        return all.toString();
    }
}
