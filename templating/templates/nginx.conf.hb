# nginx: the service "web" on port 80.
# Copy it and change it; what is in it is explained in docs/reference/templates.md.

worker_processes auto;
pid nginx.pid;
error_log stderr notice;

events {
    worker_connections 4096;
}

http {
    access_log off;

    upstream web {
        # Shared by the workers, so that all of them know of a failure.
        zone web 256k;
        least_conn;
        # Who drains gets no new requests while there is another one. Who has the weight 0, which nginx does not take, gets none.
        {{#if (count (without (without services.web.addresses "draining" true) "weight" 0))}}
        {{#each services.web.addresses}}
        server {{address}} weight={{max weight 1}} max_fails=2 fail_timeout=2s{{#if (or draining (eq weight 0))}} down{{/if}};
        {{/each}}
        {{else}}
        {{#each services.web.addresses}}
        server {{address}} weight={{max weight 1}} max_fails=2 fail_timeout=2s{{#if (eq weight 0)}} down{{/if}};
        {{else}}
        # Nobody is there: an upstream needs a server, and this one says so.
        server 127.0.0.1:9 down;
        {{/each}}
        {{/if}}
        keepalive 64;
    }

    server {
        listen 80;

        location / {
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 2s;
            proxy_next_upstream error timeout;
        }
    }
}
