package muster.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whatever bytes arrive: a value comes back, never an exception; and what passes on is something that we would take. */
class HeadFuzzTest {
    private static final ForwardedFor CLIENT = new ForwardedFor("192.0.2.1", "127.0.0.1", 8080, false);
    private static final ForwardedFor TRUSTED = new ForwardedFor("192.0.2.1", "127.0.0.1", 8080, true);

    private final RequestHead request = new RequestHead(HeadLimits.DEFAULTS);
    private final RequestHead again = new RequestHead(new HeadLimits(32 << 10, 64 << 10, 400));
    private final ResponseHead response = new ResponseHead(HeadLimits.DEFAULTS);
    private final ResponseHead responseAgain = new ResponseHead(new HeadLimits(32 << 10, 64 << 10, 400));
    private final Output out = new Output(64);

    @FuzzTest(maxDuration = "20s")
    void a_request_head_that_passes_is_rewritten_to_one_that_says_the_same(byte @NotNull [] bytes) {
        int end = request.parse(bytes, 0, bytes.length);
        assertThat(end).isBetween(Head.REFUSED, bytes.length);
        if (end == Head.REFUSED) assertThat(request.refusal()).isNotNull();
        if (end <= 0) return;
        // What is behind a head must not change what it says.
        assertThat(again.parse(Arrays.copyOf(bytes, end), 0, end)).isEqualTo(end);
        for (ForwardedFor client : new ForwardedFor[] {CLIENT, TRUSTED}) {
            request.parse(bytes, 0, bytes.length);
            RequestRewrite.write(request, client, true, out);
            byte[] written = Arrays.copyOf(out.bytes(), out.length());
            String text = new String(written, StandardCharsets.ISO_8859_1);
            assertThat(again.parse(written, 0, written.length)).as(text).isEqualTo(written.length);
            assertThat(again.method()).isEqualTo(request.method());
            assertThat(again.contentLength()).isEqualTo(request.contentLength());
            assertThat(again.isChunked()).isEqualTo(request.isChunked());
            assertThat(again.wantsWebSocket()).isEqualTo(request.wantsWebSocket());
            assertThat(again.isHttp11()).isTrue();
            assertThat(text.split("(?i)\r\nX-Forwarded-For:", -1)).as(text).hasSize(2);
        }
    }

    @FuzzTest(maxDuration = "20s")
    void a_response_head_that_passes_is_rewritten_to_one_that_says_the_same(byte @NotNull [] bytes) {
        int end = response.parse(bytes, 0, bytes.length);
        assertThat(end).isBetween(Head.REFUSED, bytes.length);
        if (end <= 0) return;
        assertThat(response.status()).isBetween(100, 599);
        ResponseRewrite.write(response, response.isChunked(), true, ResponseRewrite.Connection.CLOSED, false, out);
        byte[] written = Arrays.copyOf(out.bytes(), out.length());
        assertThat(responseAgain.parse(written, 0, written.length)).isEqualTo(written.length);
        assertThat(responseAgain.status()).isEqualTo(response.status());
        assertThat(responseAgain.contentLength()).isEqualTo(response.contentLength());
        assertThat(responseAgain.isChunked()).isEqualTo(response.isChunked());
        assertThat(responseAgain.keepsAlive()).isFalse();
    }
}
