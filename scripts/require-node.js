// Plain JavaScript, loaded before any script, so that an old Node says what is wrong instead of failing on the first type.
import process from 'node:process';

const NEEDED = 26;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  console.error(
    `This repository runs on Node ${NEEDED}, and this is Node ${process.versions.node} (${process.execPath}).\n` +
      `The \`node\` package brings the right one: run \`npm ci\` with install scripts allowed for it, then use the npm scripts ` +
      `(\`npm test\`, \`npm start\`, ...), which find it by themselves.`,
  );
  process.exit(1);
}
