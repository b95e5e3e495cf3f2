package muster.agent.balance;

import java.net.InetSocketAddress;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.balancing.Picker;
import muster.proxy.ProxySettings;
import muster.proxy.ProxySettings.Limits;
import muster.proxy.ProxySettings.Times;
import muster.proxy.Transport;
import muster.proxy.http1.HeadLimits;

/** What the operator set of the data plane, in the proxy's words. */
final class Forwarding {
    private Forwarding() {}

    static ProxySettings settings(Configuration configuration, InetSocketAddress listen) {
        return ProxySettings.of(listen, configuration.value(Schema.POOL))
                .with(Picker.named(configuration.value(Schema.PICKER)))
                .with(Transport.named(configuration.value(Schema.TRANSPORT)))
                .withTrusted(configuration.value(Schema.TRUSTED_PROXIES))
                .withVia(configuration.value(Schema.VIA))
                .with(times(configuration))
                .with(limits(configuration));
    }

    private static Times times(Configuration configuration) {
        return new Times(
                configuration.value(Schema.HEAD_TIMEOUT),
                configuration.value(Schema.KEEP_ALIVE_TIMEOUT),
                configuration.value(Schema.BODY_TIMEOUT),
                configuration.value(Schema.CONNECT_TIMEOUT),
                configuration.value(Schema.RESPONSE_TIMEOUT),
                configuration.value(Schema.BACKEND_KEEP_ALIVE_TIMEOUT),
                configuration.value(Schema.QUEUE_TIMEOUT),
                configuration.value(Schema.TUNNEL_TIMEOUT));
    }

    private static Limits limits(Configuration configuration) {
        int head = Math.toIntExact(configuration.value(Schema.MAX_HEAD_SIZE));
        return new Limits(
                new HeadLimits(head / 2, head, HeadLimits.DEFAULTS.fields()),
                configuration.value(Schema.MAX_BODY_SIZE),
                configuration.value(Schema.MAX_CONNECTIONS),
                configuration.value(Schema.BACKEND_MAX_CONNECTIONS),
                Limits.DEFAULTS.waiting());
    }
}
