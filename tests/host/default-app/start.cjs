/**
 * What Electron's own default application does with `electron <folder>`: the test host was taken out of a packaged
 * application and has none. The folder's package.json names what is started.
 */
const { app } = require('electron');
const { readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const argument = process.argv.slice(1).find((text) => !text.startsWith('-'));
if (argument === undefined) throw new Error('Usage: electron <folder of the application>');

const folder = resolve(argument);
const { main, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setAppPath(folder);
app.setName(name);
app.setVersion(version);
require(join(folder, main));
