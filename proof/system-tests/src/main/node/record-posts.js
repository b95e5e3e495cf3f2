// Preloaded into examples/webapp: where RECORD_POSTS names a file, the target of each POST is appended to it when its head
// arrives, before anything is done with it. So it can be seen whether one was given to two apps, or to one of them twice.
'use strict';

const fs = require('node:fs');
const { Server } = require('node:http');

if (process.env.RECORD_POSTS) {
    const record = fs.openSync(process.env.RECORD_POSTS, 'a');
    const { emit } = Server.prototype;
    Server.prototype.emit = function (event, ...values) {
        if (event === 'request' && values[0].method === 'POST') fs.writeSync(record, `${values[0].url}\n`);
        return emit.call(this, event, ...values);
    };
}
