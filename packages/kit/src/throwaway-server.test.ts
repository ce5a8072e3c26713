import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from '@bucordo/node/engine';
import { describe, expect, it } from 'vitest';
import { startThrowawayServer } from './throwaway-server.ts';

describe('a throwaway server', () => {
  it('has its databases set up, and leaves nothing behind', async () => {
    const server = await startThrowawayServer({ settings: { work_mem: '1MB' } });
    const folders: string[] = [];
    for (const database of server.databases) {
      const client = await connect(server.connection('postgres', database));
      const { rows } = await client.query(
        `SELECT current_setting('work_mem') AS work_mem, current_setting('data_directory') AS folder,
                to_regclass('bucordo_guard.routine_right') IS NOT NULL AS is_set_up`,
      );
      expect(rows).toMatchObject([{ work_mem: '1MB', is_set_up: true }]);
      folders.push(String(rows[0].folder));
      await client.end();
    }
    expect(server.databases.length).toBe(2);
    expect(existsSync(folders[0] ?? '')).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(folders[0] ?? '')).toBe(false);
  });

  it('removes what a killed process has left', async () => {
    const program = `
      const { startThrowawayServer } = await import('@bucordo/kit');
      const { connect } = await import('@bucordo/node/engine');
      const server = await startThrowawayServer();
      const client = await connect(server.connection('postgres', 'bucordo'));
      const { rows } = await client.query("SELECT current_setting('data_directory') AS folder");
      console.log(rows[0].folder);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [line] = await once(child.stdout, 'data');
    const left = String(line).trim();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(left)).toBe(true);
    const server = await startThrowawayServer();
    expect(existsSync(left)).toBe(false);
    await server.stop();
  });

  it('gives each caller a server of its own', async () => {
    const [one, two] = await Promise.all([startThrowawayServer(), startThrowawayServer()]);
    const client = await connect(one.connection('postgres', one.databases[0] ?? ''));
    await client.query('CREATE TABLE public.only_here (id int4)');
    await client.end();
    const other = await connect(two.connection('postgres', two.databases[0] ?? ''));
    const { rows } = await other.query(`SELECT to_regclass('public.only_here') AS found`);
    expect(rows).toEqual([{ found: null }]);
    await other.end();
    await Promise.all([one.stop(), two.stop()]);
  });
});
