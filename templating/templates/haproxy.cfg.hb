# HAProxy 2.6 or newer: one frontend for the service "web" on port 80, statistics on 1936, commands on 9999.
# 'muster balance -with haproxy' has this one built in and fills in its settings; copy it and change it, for there or anywhere
# else. What is in it is explained in docs/reference/templates.md and docs/reference/haproxy.md.

global
    log stdout format raw local0
{{#if (env "MUSTER_MAX_CONNECTIONS" "")}}
    maxconn {{env "MUSTER_MAX_CONNECTIONS"}}
{{/if}}
    # Old workers after a reload: so long for their connections, and so many of them.
    hard-stop-after {{env "MUSTER_TUNNEL_TIMEOUT" "1h"}}
    mworker-max-reloads 8
{{#if (env "MUSTER_HAPROXY_CLI" "ipv4@127.0.0.1:9999")}}
    stats socket {{env "MUSTER_HAPROXY_CLI" "ipv4@127.0.0.1:9999"}} level admin expose-fd listeners
{{/if}}
{{#if (env "MUSTER_HAPROXY_STATE" "")}}
    # What a reload would forget: whose checks failed.
    server-state-file {{env "MUSTER_HAPROXY_STATE"}}
{{/if}}

defaults
    log global
    mode http
    option httplog
    option dontlognull
    # Requests that went well are not logged.
    option dontlog-normal
    option forwardfor
    # A client that keeps its connection hears of a reload with the next answer, not by a closed door.
    option idle-close-on-response
    timeout connect {{env "MUSTER_CONNECT_TIMEOUT" "2s"}}
    timeout client {{env "MUSTER_RESPONSE_TIMEOUT" "60s"}}
    timeout server {{env "MUSTER_RESPONSE_TIMEOUT" "60s"}}
    timeout queue {{env "MUSTER_QUEUE_TIMEOUT" "10s"}}
    timeout http-request {{env "MUSTER_HEAD_TIMEOUT" "10s"}}
    timeout http-keep-alive {{env "MUSTER_KEEP_ALIVE_TIMEOUT" "60s"}}
    timeout tunnel {{env "MUSTER_TUNNEL_TIMEOUT" "1h"}}
    # A request that found its server gone goes to another one; one that may have done something there already does not.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    default-server inter 2s fall 2 rise 1 init-addr none pool-purge-delay 1s{{#if (env "MUSTER_BACKEND_MAX_CONNECTIONS" "")}} maxconn {{env "MUSTER_BACKEND_MAX_CONNECTIONS"}}{{/if}}
{{#if (env "MUSTER_HAPROXY_STATE" "")}}
    load-server-state-from-file global
{{/if}}

{{#if (env "MUSTER_STATS" ":1936")}}
listen statistics
    bind {{env "MUSTER_STATS" ":1936"}}
    stats enable
    stats uri /
    stats refresh 5s

{{/if}}
frontend web
    bind {{env "MUSTER_LISTEN" ":80"}}
    http-request disable-l7-retry unless METH_GET
    default_backend web

backend web
    balance {{#if (eq (env "MUSTER_PICKER" "two-choices") "round-robin")}}roundrobin{{else}}leastconn{{/if}}
{{#if (env "MUSTER_HAPROXY_CHECK" "")}}
    option httpchk
    http-check send meth GET uri {{env "MUSTER_HAPROXY_CHECK" ""}} ver HTTP/1.1 hdr Host {{env "MUSTER_POOL" "web"}} hdr User-Agent muster-check hdr Connection close
    http-check expect status 200-399
{{/if}}
    # Who drains gets no new requests while there is another one with a weight. 'muster balance' sees to that by itself, and knows of maintenance too.
{{#with (lookup services (env "MUSTER_POOL" "web"))}}
{{#if (and (not (env "MUSTER_HAPROXY_STATE" "")) (count (without (without addresses "draining" true) "weight" 0)))}}
    {{#each addresses}}
    server {{label}} {{address}} weight {{min weight 256}} check{{#if draining}} disabled{{/if}}
    {{/each}}
{{else}}
    {{#each addresses}}
    server {{label}} {{address}} weight {{min weight 256}} check
    {{/each}}
{{/if}}
{{/with}}
