import { secrets } from '../../support/secrets.js';

/** Who the clients of these specs are to their servers. */
export const USER = 'device';
export const PASSWORD = secrets.add('password of mail server and databases', 'key-to-the-letter-box');
