package muster.haproxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("haproxy_knows_balancing_and_templating")
public final class KnowsTheProxy {
    muster.proxy.Proxy proxy;
}
