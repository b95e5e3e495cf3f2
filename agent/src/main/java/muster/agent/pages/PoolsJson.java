package muster.agent.pages;

import java.io.ByteArrayOutputStream;
import java.util.Locale;
import muster.balancing.Backend;
import muster.balancing.Pool;
import muster.gossip.Member;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code /pools.json}: what the page shows, for programs. Times in seconds, sizes in bytes. */
final class PoolsJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private PoolsJson() {}

    static byte[] of(View view) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes, JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeStringProperty("node", view.node());
            json.writeStringProperty("version", view.version());
            json.writeNumberProperty("uptime_seconds", view.uptimeSeconds());
            json.writeArrayPropertyStart("pools");
            for (Pool.Snapshot pool : view.pools()) {
                pool(json, pool);
            }
            json.writeEndArray();
            json.writeObjectPropertyStart("proxy");
            view.counters().forEach(json::writeNumberProperty);
            json.writeEndObject();
            json.writeArrayPropertyStart("members");
            for (Member member : view.members()) {
                member(json, member);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void pool(JsonGenerator json, Pool.Snapshot pool) {
        json.writeStartObject();
        json.writeStringProperty("name", pool.name());
        json.writeNumberProperty("panic_picks", pool.panicPicks());
        json.writeNumberProperty("empty_picks", pool.emptyPicks());
        json.writeArrayPropertyStart("backends");
        for (Backend.Snapshot backend : pool.backends()) {
            json.writeStartObject();
            json.writeStringProperty("node", backend.node());
            json.writeStringProperty("host", backend.host());
            json.writeNumberProperty("port", backend.port());
            json.writeStringProperty("protocol", backend.protocol());
            json.writeStringProperty("check", backend.checkPath());
            json.writeNumberProperty("weight", backend.weight());
            json.writeStringProperty("state", backend.state().name().toLowerCase(Locale.ROOT));
            json.writeStringProperty("reason", backend.reason());
            json.writeNumberProperty("since_seconds", backend.inStateNanos() / 1_000_000_000);
            json.writeNumberProperty("in_flight", backend.inFlight());
            json.writeNumberProperty("requests", backend.totals().requests());
            json.writeNumberProperty("responses_1xx", backend.totals().informational());
            json.writeNumberProperty("responses_2xx", backend.totals().successes());
            json.writeNumberProperty("responses_3xx", backend.totals().redirects());
            json.writeNumberProperty("responses_4xx", backend.totals().clientErrors());
            json.writeNumberProperty("responses_5xx", backend.totals().serverErrors());
            json.writeObjectPropertyStart("failures");
            backend.totals()
                    .failures()
                    .forEach((failure, count) ->
                            json.writeNumberProperty(failure.name().toLowerCase(Locale.ROOT), count));
            json.writeEndObject();
            json.writeNumberProperty("retried_away", backend.totals().retriedAway());
            json.writeNumberProperty("ejections", backend.totals().ejections());
            json.writeNumberProperty("bytes_in", backend.totals().bytesIn());
            json.writeNumberProperty("bytes_out", backend.totals().bytesOut());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void member(JsonGenerator json, Member member) {
        json.writeStartObject();
        json.writeStringProperty("name", member.name());
        json.writeStringProperty("address", member.address().toString());
        json.writeStringProperty("status", member.status().word());
        json.writeBooleanProperty("suspect", member.suspect());
        json.writeObjectPropertyStart("tags");
        member.tags().forEach(json::writeStringProperty);
        json.writeEndObject();
        json.writeEndObject();
    }
}
