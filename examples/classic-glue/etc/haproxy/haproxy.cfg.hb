global
    maxconn 4096
    stats socket "ipv4@${LISTEN}:9999" level admin

defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    option redispatch
    option forwardfor

frontend http-in
    bind "${LISTEN}:80"
    default_backend {{name}}

backend {{name}}
    balance roundrobin
    option httpchk GET /health
    {{#each addresses}}
    server {{host}} {{ip}}:{{port}} check inter 1s
    {{/each}}

listen stats
    bind "${LISTEN}:1936"
    stats enable
    stats uri /
    stats refresh 5s
