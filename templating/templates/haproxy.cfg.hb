# HAProxy 2.6 or newer: one frontend for the service "web" on port 80, statistics on 1936, commands on 9999.
# Copy it and change it; what is in it is explained in docs/reference/templates.md.

global
    log stdout format raw local0
    maxconn 20000
    hard-stop-after 60s
    stats socket ipv4@127.0.0.1:9999 level admin expose-fd listeners

defaults
    log global
    mode http
    option httplog
    option dontlognull
    option forwardfor
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout queue 10s
    timeout http-request 10s
    # A request that found its server gone goes to another one.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    default-server inter 2s fall 2 rise 1 init-addr none

listen statistics
    bind :1936
    option dontlog-normal
    stats enable
    stats uri /
    stats refresh 5s

frontend web
    bind :80
    default_backend web

backend web
    balance leastconn
    {{#each services.web.addresses}}
    server {{label}} {{address}} weight {{min weight 256}} check{{#if draining}} disabled{{/if}}
    {{/each}}
