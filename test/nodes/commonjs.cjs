// CommonJS programs load the package too: it has no top-level await.
'use strict';
const assert = require('node:assert/strict');
const asyncio = require('asyncio-ts');

void import('asyncio-ts').then(async (esm) => {
  assert.equal(asyncio.Future, esm.Future, 'one Future, however it was loaded');
  assert.equal(await asyncio.run(asyncio.sleep(0.001, 'slept')), 'slept');
});
